--- The opening of the SSH 2 protocol: identification, algorithms, host keys (RFC 4253, RFC 8731).
--
-- To see a host key no secret has to be computed: the server sends its key as soon as it has any valid client value,
-- so random octets do for curve25519 and for the Diffie-Hellman groups.
--
-- @license Apache-2.0

local base64 = require "base64"
local match = require "match"
local nmap = require "nmap"
local rand = require "rand"
local stdnse = require "stdnse"

local M = {}

local MSG <const> = { KEXINIT = 20, KEX_INIT = 30, KEX_REPLY = 31 }
local LARGEST_PACKET <const> = 262144

--- Key exchange -> how many random octets are a valid client value, and whether it is a number (mpint).
local EXCHANGES <const> = {
  { "curve25519-sha256", 32, false },
  { "curve25519-sha256@libssh.org", 32, false },
  { "diffie-hellman-group14-sha256", 255, true },
  { "diffie-hellman-group14-sha1", 255, true },
  { "diffie-hellman-group1-sha1", 127, true },
}

local LISTS <const> = {
  "kex_algorithms", "server_host_key_algorithms", "encryption_algorithms_client_to_server",
  "encryption_algorithms_server_to_client", "mac_algorithms_client_to_server", "mac_algorithms_server_to_client",
  "compression_algorithms_client_to_server", "compression_algorithms_server_to_client", "languages_client_to_server",
  "languages_server_to_client",
}

--- A binary packet without encryption (RFC 4253 section 6).
function M.build(payload)
  local padding = 8 - (5 + #payload) % 8
  if padding < 4 then
    padding = padding + 8
  end
  return string.pack(">I4B", 1 + #payload + padding, padding) .. payload .. rand.random_string(padding)
end

--- The payload of the next packet, or nil and a message.
function M.receive(socket)
  local ok, head = socket:receive_buf(match.numbytes(4), true)
  if not ok then
    return nil, head
  end
  local length = string.unpack(">I4", head)
  if length < 2 or length > LARGEST_PACKET then
    return nil, "impossible packet length"
  end
  local body
  ok, body = socket:receive_buf(match.numbytes(length), true)
  if not ok then
    return nil, body
  end
  local padding = body:byte(1)
  if padding + 1 > length then
    return nil, "impossible padding"
  end
  return body:sub(2, length - padding)
end

--- Connect and exchange identifications.
-- @return socket and the server's identification, or nil and a message
function M.connect(host, port)
  local socket = nmap.new_socket()
  socket:set_timeout(stdnse.get_timeout(host, 8000, 5000))
  local ok, err = socket:connect(host, port)
  for _ = 1, 20 do
    local line
    if ok then
      ok, line = socket:receive_buf("\n", false)
      err = line
    end
    if not ok then
      break
    end
    local ident = line:match "^(SSH%-[12]%.%d+%-[^\r]*)"
    if ident then
      ok, err = socket:send "SSH-2.0-earshot\r\n"
      if ok then
        return socket, ident
      end
      break
    end
    err = "no identification"
  end
  socket:close()
  return nil, err
end

--- Lists of a KEXINIT payload, or nil.
function M.parse_kexinit(payload)
  if #payload < 17 or payload:byte(1) ~= MSG.KEXINIT then
    return nil
  end
  local out, at = {}, 18
  for _, name in ipairs(LISTS) do
    local ok, list, next_at = pcall(string.unpack, ">s4", payload, at)
    if not ok then
      return nil
    end
    out[name], at = list, next_at
  end
  return out
end

--- The server's algorithms.
function M.algorithms(host, port)
  local socket, err = M.connect(host, port)
  if not socket then
    return nil, err
  end
  local payload
  payload, err = M.receive(socket)
  socket:close()
  local lists = payload and M.parse_kexinit(payload)
  return lists, err or "no KEXINIT"
end

local function kexinit(exchange, key_type)
  local lists = {
    exchange, key_type, "aes128-ctr,aes256-ctr,aes128-cbc,3des-cbc", "aes128-ctr,aes256-ctr,aes128-cbc,3des-cbc",
    "hmac-sha2-256,hmac-sha1", "hmac-sha2-256,hmac-sha1", "none", "none", "", "",
  }
  for i, list in ipairs(lists) do
    lists[i] = string.pack(">s4", list)
  end
  return string.char(MSG.KEXINIT) .. rand.random_string(16) .. table.concat(lists) .. "\0\0\0\0\0"
end

local function choose_exchange(offered)
  for _, exchange in ipairs(EXCHANGES) do
    if ("," .. offered .. ","):find("," .. exchange[1] .. ",", 1, true) then
      return exchange
    end
  end
end

--- Details of a host key blob: type, bits, fingerprints.
function M.describe(blob)
  local openssl = require "openssl"
  local ok, kind, at = pcall(string.unpack, ">s4", blob)
  if not ok then
    return nil
  end
  local key = { type = kind, blob = blob, key = base64.enc(blob) }
  if kind == "ssh-rsa" then
    local fine, _, modulus = pcall(string.unpack, ">s4s4", blob, at)
    key.bits = fine and openssl.bignum_num_bits(openssl.bignum_bin2bn(modulus)) or nil
  elseif kind == "ssh-dss" then
    local fine, prime = pcall(string.unpack, ">s4", blob, at)
    key.bits = fine and openssl.bignum_num_bits(openssl.bignum_bin2bn(prime)) or nil
  else
    key.bits = tonumber(kind:match "nistp(%d+)") or (kind == "ssh-ed25519" and 256) or nil
  end
  key.md5 = stdnse.tohex(openssl.md5(blob), { separator = ":" })
  key.sha256 = "SHA256:" .. base64.enc(openssl.digest("sha256", blob)):gsub("=+$", "")
  return key
end

--- One host key of a server.
-- @param key_type as the server lists it, e.g. "ssh-ed25519"
-- @return key as describe gives it, or nil and a message
function M.host_key(host, port, key_type)
  local socket, err = M.connect(host, port)
  if not socket then
    return nil, err
  end
  local payload
  payload, err = M.receive(socket)
  local theirs = payload and M.parse_kexinit(payload)
  local exchange = theirs and choose_exchange(theirs.kex_algorithms)
  if not exchange then
    socket:close()
    return nil, err or "no common key exchange"
  end
  local octets = rand.random_string(exchange[2])
  if exchange[3] then
    octets = "\1" .. octets:sub(2)
  end
  local value = string.pack(">s4", octets)
  socket:send(M.build(kexinit(exchange[1], key_type)) .. M.build(string.char(MSG.KEX_INIT) .. value))
  for _ = 1, 8 do
    payload, err = M.receive(socket)
    if not payload or payload:byte(1) == MSG.KEX_REPLY then
      break
    end
  end
  socket:close()
  if not payload or payload:byte(1) ~= MSG.KEX_REPLY then
    return nil, err or "no reply"
  end
  local ok, blob = pcall(string.unpack, ">s4", payload, 2)
  return ok and M.describe(blob) or nil, "malformed key"
end

return M
