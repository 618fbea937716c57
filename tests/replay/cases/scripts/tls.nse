-- SPDX-License-Identifier: Apache-2.0
-- TLS by connect and by STARTTLS.
local nmap = require "nmap"

categories = { "safe" }

portrule = function() return true end

local function facts(s)
  local cert = s:get_ssl_certificate()
  return ("%s %s %d %s"):format(cert.subject.commonName, cert.pubkey.type, cert.pubkey.bits,
    math.type(cert.validity.notAfter.year))
end

local function direct(host, port)
  local s = nmap.new_socket()
  local ok, err = s:connect(host, port, "ssl")
  if not ok then
    return "direct " .. err
  end
  local text = "direct " .. facts(s)
  s:send("hello\n")
  local _, line = s:receive_buf("\n", false)
  local _, again = s:receive()
  s:close()
  return ("%s: %s, then %s"):format(text, line, again), select(2, pcall(s.get_ssl_certificate, s))
end

local function upgraded(host, port)
  local s = nmap.new_socket()
  s:connect(host, port)
  local _, greeting = s:receive_buf("\n", false)
  local before = select(2, pcall(s.get_ssl_certificate, s))
  s:send("STARTTLS\n")
  s:receive_lines(1)
  local ok, err = s:reconnect_ssl()
  if not ok then
    return "upgrade " .. err
  end
  s:send("hello\n")
  local _, line = s:receive_lines(1)
  return ("%s, %s, upgrade %s: %s"):format(greeting, before, facts(s), line)
end

action = function(host, port)
  if nmap.registry.args.upgrade then
    return upgraded(host, port)
  end
  local text, after = direct(host, port)
  return text .. "\n" .. tostring(after)
end
