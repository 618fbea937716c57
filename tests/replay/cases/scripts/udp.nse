-- SPDX-License-Identifier: Apache-2.0
-- Datagrams: connected, unconnected, silent and refused.
local nmap = require "nmap"

categories = { "safe" }

portrule = function() return true end

action = function(host, port)
  local out = {}
  local function say(what, ...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    out[#out + 1] = what .. ": " .. table.concat(words, " ")
  end
  local s = nmap.new_socket("udp")
  s:set_timeout(200)
  say("fresh info", s:get_info())
  say("fresh send", s:send("x"))
  say("sendto", s:sendto(host, port, "ping"))
  say("first", s:receive())
  say("second", s:receive())
  local _, _, _, from, from_port = s:get_info()
  say("from", from, from_port == port.number)
  say("silence", s:receive())
  say("close", s:close())
  say("connect", s:connect(host, port))
  say("send", s:send("ping"))
  say("bytes", s:receive_bytes(9))
  s:close()
  s:connect(host, 1, "udp")
  say("nobody", s:send("x"))
  s:set_timeout(200)
  say("refused", s:receive())
  say("outside", nmap.new_socket("udp"):sendto("192.0.2.1", 53, "x"))
  say("bind", nmap.new_socket("udp"):bind("no.such.name", 0))
  return table.concat(out, "\n")
end
