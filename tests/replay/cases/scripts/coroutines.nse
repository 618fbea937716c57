-- SPDX-License-Identifier: Apache-2.0
-- Waits inside coroutines, iterators, pcall and under hooks suspend the script, not the user's resume.
local nmap = require "nmap"
local stdnse = require "stdnse"

categories = { "safe" }

portrule = function() return true end

local function nested(depth, seen)
  if depth == 0 then
    stdnse.sleep(0.005)
    seen[#seen + 1] = "slept"
    coroutine.yield("inner yield")
    return "inner return"
  end
  local step = coroutine.wrap(function() return nested(depth - 1, seen) end)
  coroutine.yield(step())
  return step()
end

local function by_iterator(socket)
  local lines = {}
  local function each()
    local ok, line = socket:receive_buf("\n", false)
    return ok and line or nil
  end
  for line in coroutine.wrap(function()
    for line in each do coroutine.yield(line) end
  end) do
    lines[#lines + 1] = line
  end
  return table.concat(lines, " ")
end

local function by_hand()
  -- Resuming somebody's wait by hand is an error for that coroutine only.
  local co = stdnse.new_thread(function() stdnse.sleep(5) end)
  stdnse.sleep(0.01)
  local ok, err = coroutine.resume(co)
  return tostring(ok) .. " " .. tostring(err):gsub("^.-: ", "")
end

local function hooked(mask, count)
  debug.sethook(function() end, mask, count)
  stdnse.sleep(0.005)
  local co = coroutine.wrap(function() stdnse.sleep(0.001) return "hooked " .. mask end)
  local text = co()
  debug.sethook()
  return text
end

action = function(host, port)
  local out = {}
  local walk = coroutine.wrap(function() return nested(5, out) end)
  local first, second = walk(), walk()
  out[#out + 1] = first
  out[#out + 1] = second
  out[#out + 1] = tostring(pcall(function() stdnse.sleep(0.001) error("x") end))
  local s = nmap.new_socket()
  s:connect(host, port)
  out[#out + 1] = by_iterator(s)
  s:close()
  out[#out + 1] = by_hand()
  out[#out + 1] = hooked("l")
  out[#out + 1] = hooked("crl")
  out[#out + 1] = hooked("", 1)
  local lazy = setmetatable({}, { __index = function() stdnse.sleep(0.001) return "index" end })
  out[#out + 1] = lazy.x
  out[#out + 1] = select(2, pcall(table.sort, { 2, 1 }, function() stdnse.sleep(0) return true end))
  local ok, err = coroutine.resume(coroutine.create(function() error({ 1 }) end))
  out[#out + 1] = tostring(ok) .. " " .. type(err)
  out[#out + 1] = select(2, pcall(coroutine.wrap(function() error("plain", 0) end))):match("plain")
  return out
end
