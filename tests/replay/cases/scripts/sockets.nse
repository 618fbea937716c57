-- SPDX-License-Identifier: Apache-2.0
-- The result words of sockets.
local nmap = require "nmap"
local stdnse = require "stdnse"

categories = { "safe" }

portrule = function() return true end

local out

local function say(what, ...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  out[#out + 1] = what .. ": " .. table.concat(words, " ")
end

local function closed(host)
  local s = nmap.new_socket()
  say("send closed", s:send("x"))
  say("receive closed", s:receive())
  say("close closed", s:close())
  say("refused", s:connect(host, 1))
  say("send failed", s:send("x"))
  say("receive failed", s:receive())
  say("close failed", s:close())
  say("outside", s:connect("192.0.2.1", 80))
  s:close()
  say("unresolved", s:connect("no such host", 80))
  say("close unresolved", s:close())
end

local function buffered(host, port)
  local s = nmap.new_socket()
  s:set_timeout(300)
  s:connect(host, port)
  say("buf", s:receive_buf("\n", false))
  say("buf keep", s:receive_buf("\n", true))
  say("buf number", s:receive_buf(function(b) if #b >= 3 then return 3, 3 end end, true))
  say("wrong type", pcall(s.receive_buf, s, 12, true))
  say("empty match", pcall(s.receive_buf, s, "x*", true))
  say("stream", s:sendto("192.0.2.1", 9, "go\n"))
  say("lines", s:receive_lines(2))
  say("timeout", s:receive())
  say("partial", s:receive_bytes(100))
  local other = coroutine.wrap(function() return pcall(s.send, s, "x") end)
  say("foreign", other())
  say("eof", s:receive())
  say("info", s:get_info() and "true")
  s:close()
end

local function cancelled(host, port)
  local s = nmap.new_socket()
  s:connect(host, port)
  local closer = stdnse.new_thread(function() stdnse.sleep(0.05) s:close() end)
  s:receive_lines(1)
  say("cancelled", s:receive_bytes(100000))
  return closer
end

local function arguments()
  local s = nmap.new_socket()
  say("proto", pcall(nmap.new_socket, "ssl"))
  say("negative", pcall(s.set_timeout, s, -5))
  say("port table", pcall(s.connect, s, "127.0.0.1", { number = 80.0 }))
  say("host table", pcall(s.connect, s, {}, 80))
  say("unknown field", s.nothing)
  say("meta", type(getmetatable(s)), next(getmetatable(s)))
  say("sleep", pcall(stdnse.sleep, -1))
end

action = function(host, port)
  out = {}
  closed(host)
  buffered(host, port)
  cancelled(host, port)
  arguments()
  return table.concat(out, "\n")
end
