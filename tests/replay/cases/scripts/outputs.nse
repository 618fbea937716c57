-- SPDX-License-Identifier: Apache-2.0
-- What an action may return.
local stdnse = require "stdnse"
local nmap = require "nmap"

categories = { "safe" }

portrule = function(_, port) return port.number > 0 and 0 end

action = function()
  local which = stdnse.get_script_args("which")
  local list = stdnse.output_table()
  list.x = 1
  list.y = "two"
  list.z = { 1, { 2, 3 } }
  list.w = { k = "v<&>--" }
  local cases = {
    table = function() return list end,
    text = function() return list, "text wins" end,
    number = function() return 42 end,
    bad = function() return setmetatable({}, { __tostring = function() error("no") end }) end,
    octets = function() return "x\0y\27[31m\r\n\127\200\tz" end,
    nothing = function() return nil end,
    try = function() nmap.new_try(function() stdnse.sleep(0.01) end)(false, "reason") end,
    error = function() local t = nil; return t.x end,
    stray = function() coroutine.yield(1) end,
    spin = function() while true do pcall(string.rep, "x", 10) end end,
    memory = function() local t = {} while true do t[#t + 1] = ("x"):rep(1e6) .. #t end end,
    unsliced = function() table.sort({ 2, 1 }, function() while true do end end) end,
    sleep = function() stdnse.sleep(30) end,
    undeclared = function() return not_there end, -- luacheck: ignore 113
  }
  return cases[which]()
end
