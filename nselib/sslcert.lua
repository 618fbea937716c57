--- Fetch a server's certificate: directly, after STARTTLS, or by a handshake of our own where the TLS library fails.
--
-- @license Apache-2.0

local nmap = require "nmap"
local shortport = require "shortport"
local stdnse = require "stdnse"
local tls = require "tls"

local M = {}

--- Read lines until one matches; the line, or nil. Bounded in lines and octets.
local function expect(buffer, pattern)
  for _ = 1, 64 do
    local line = buffer()
    if not line then
      return nil
    elseif line:find(pattern) then
      return line
    end
  end
end

--- How to get a plain connection ready for TLS: what to wait for (a line pattern), and what to say then.
local STARTTLS <const> = {
  smtp = { { "^220 ", "EHLO earshot.invalid" }, { "^250 ", "STARTTLS" }, { "^%d%d%d " } },
  ftp = { { "^220 ", "AUTH TLS" }, { "^234[ -]" } },
  imap = { { "^%* ", "e1 STARTTLS" }, { "^e1 OK" } },
  pop3 = { { "^%+OK", "STLS" }, { "^[+-]" } },
}

--- Walk the steps on a connected socket.
-- @return true, or false and a message
local function upgrade(socket, steps)
  local buffer = stdnse.make_buffer(socket, "\r?\n", 65536)
  for i, step in ipairs(steps) do
    if not expect(buffer, step[1]) then
      return false, i == 1 and "no greeting" or steps[i - 1][2] .. " refused"
    end
    if step[2] then
      socket:send(step[2] .. "\r\n")
    end
  end
  return true
end

local BY_PORT <const> = { [21] = "ftp", [25] = "smtp", [110] = "pop3", [143] = "imap", [587] = "smtp" }

local function starttls_of(port)
  return STARTTLS[port.service or ""] or STARTTLS[BY_PORT[port.number] or ""]
end

--- Can a port be asked for a certificate: TLS at once or by STARTTLS?
function M.isPortSupported(port)
  return starttls_of(port) ~= nil and port.protocol == "tcp"
end

--- A TLS connection to a port, after STARTTLS where it needs that.
-- @return socket, or nil and a message
local function connect(host, port)
  local socket = nmap.new_socket()
  socket:set_timeout(stdnse.get_timeout(host, 8000, 5000))
  local steps = not shortport.ssl(host, port) and starttls_of(port)
  local ok, err = socket:connect(host, port, steps and "tcp" or "ssl")
  if ok and steps then
    ok, err = upgrade(socket, steps)
    if ok then
      ok, err = socket:reconnect_ssl()
    end
  end
  if ok then
    return socket
  end
  socket:close()
  return nil, err
end

--- The certificate as seen in the clear of a TLS 1.2 handshake, for servers whose handshake the library gives up on.
local function by_hand(host, port)
  local socket = nmap.new_socket()
  socket:set_timeout(stdnse.get_timeout(host, 8000, 5000))
  local ok, err = socket:connect(host, port, "tcp")
  local steps = not shortport.ssl(host, port) and starttls_of(port)
  if ok and steps then
    ok, err = upgrade(socket, steps)
  end
  local hello
  if ok then
    hello, err = tls.server_hello(socket, { server_name = type(host) == "table" and host.targetname or nil })
  end
  socket:close()
  local der = hello and hello.certificates[1]
  local cert = der and nmap.socket.parse_ssl_certificate(der)
  if cert then
    return true, cert
  end
  return false, err or "no certificate"
end

--- A server's certificate (leaf). Kept in host.registry, so that scripts of one host ask once.
-- @return true and the certificate object, or false and a message
function M.getCertificate(host, port)
  local mutex = nmap.mutex(("sslcert %s:%d"):format(host.ip, port.number))
  mutex "lock"
  host.registry.sslcert = host.registry.sslcert or {}
  local known = host.registry.sslcert[port.number]
  if known then
    mutex "done"
    return true, known
  end
  local socket, err = connect(host, port)
  local ok, cert
  if socket then
    cert = socket:get_ssl_certificate()
    socket:close()
    ok = cert ~= nil
    err = "the server sent no certificate"
  end
  if not ok then
    stdnse.debug1("TLS library: %s; trying a handshake by hand", tostring(err))
    ok, cert = by_hand(host, port)
  end
  if ok then
    host.registry.sslcert[port.number] = cert
  end
  mutex "done"
  return ok and true or false, ok and cert or cert or err
end

M.parse_ssl_certificate = nmap.socket.parse_ssl_certificate

return M
