-- SPDX-License-Identifier: Apache-2.0
local nmap = require "nmap"

description = [[Sends by sendto on a connected TCP socket.]]
author = "The earshot authors"
license = "Apache-2.0"
categories = {"safe"}

portrule = function() return true end

action = function(host, port)
  local s = nmap.new_socket()
  assert(s:connect(host, port))
  local sent = s:sendto(host, port.number, "hello\n")
  local _, reply = s:receive_lines(1)
  s:close()
  return tostring(sent) .. " " .. tostring(reply):gsub("\n", "")
end
