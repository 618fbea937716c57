--- TLS records and handshakes, enough to see what a server offers without a TLS library (RFC 5246, RFC 8446).
--
-- @license Apache-2.0

local rand = require "rand"

local M = {}

M.PROTOCOLS = {
  ["SSLv3"] = 0x0300, ["TLSv1.0"] = 0x0301, ["TLSv1.1"] = 0x0302, ["TLSv1.2"] = 0x0303, ["TLSv1.3"] = 0x0304,
}
M.CONTENT_TYPE = { change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23 }
M.HANDSHAKE = { client_hello = 1, server_hello = 2, certificate = 11, server_key_exchange = 12, server_hello_done = 14 }
M.EXTENSION = { server_name = 0, supported_groups = 10, ec_point_formats = 11, signature_algorithms = 13, alpn = 16 }

-- Offered when the caller names no ciphers: every certificate-authenticated key exchange in use with TLS 1.2.
local DEFAULT_CIPHERS <const> = {
  0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009e, 0x009f, 0x0033, 0x0039,
  0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d, 0x000a, 0x0005,
}

local function extension(kind, body)
  return string.pack(">I2s2", kind, body)
end

--- A handshake message with its header.
function M.handshake(kind, body)
  return string.pack(">Bs3", kind, body)
end

--- A record.
function M.record(content_type, version, body)
  return string.pack(">BI2s2", content_type, version, body)
end

--- A ClientHello record.
-- @param options server_name, version (name, TLSv1.2 if nil), ciphers (list of numbers)
function M.client_hello(options)
  options = options or {}
  local version = M.PROTOCOLS[options.version or "TLSv1.2"]
  local ciphers = {}
  for i, cipher in ipairs(options.ciphers or DEFAULT_CIPHERS) do
    ciphers[i] = string.pack(">I2", cipher)
  end
  local groups = string.pack(">I2I2I2I2", 0x001d, 0x0017, 0x0018, 0x0019)
  local signatures = string.pack(">I2I2I2I2I2I2I2I2", 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0401, 0x0501, 0x0201)
  local extensions = {
    extension(M.EXTENSION.supported_groups, string.pack(">s2", groups)),
    extension(M.EXTENSION.ec_point_formats, "\1\0"),
    extension(M.EXTENSION.signature_algorithms, string.pack(">s2", signatures)),
  }
  if options.server_name then
    table.insert(extensions, 1,
      extension(M.EXTENSION.server_name, string.pack(">s2", "\0" .. string.pack(">s2", options.server_name))))
  end
  local body = string.pack(">I2", version) .. rand.random_string(32) .. "\0"
    .. string.pack(">s2", table.concat(ciphers)) .. "\1\0" .. string.pack(">s2", table.concat(extensions))
  return M.record(M.CONTENT_TYPE.handshake, math.min(version, 0x0301), M.handshake(M.HANDSHAKE.client_hello, body))
end

--- Take one record off a buffer.
-- @return position behind it and the record {type, version, body}; or the same position and nil when it is not all
--   there yet; or nil when it is no TLS
function M.record_read(buffer, at)
  if #buffer < at + 4 then
    return at, nil
  end
  local kind, version, length = string.unpack(">BI2I2", buffer, at)
  if kind < 20 or kind > 24 or version < 0x0300 or version > 0x03ff or length > 18432 then
    return nil
  end
  if #buffer < at + 4 + length then
    return at, nil
  end
  return at + 5 + length, { type = kind, version = version, body = buffer:sub(at + 5, at + 4 + length) }
end

--- Certificates (DER) of a certificate message of TLS 1.2 and before.
function M.parse_certificates(body)
  local out = {}
  if #body < 3 then
    return out
  end
  local total, at = string.unpack(">I3", body)
  local last = math.min(#body, 3 + total)
  while at + 2 <= last and #out < 10 do
    local length = string.unpack(">I3", body, at)
    if at + 2 + length > last then
      break
    end
    out[#out + 1] = body:sub(at + 3, at + 2 + length)
    at = at + 3 + length
  end
  return out
end

--- Server side of a handshake up to ServerHelloDone, on a connected plain socket.
-- @param options as client_hello; limit: octets to read at most (128 KiB)
-- @return table {version, cipher, certificates}, or nil and a message
function M.server_hello(socket, options)
  options = options or {}
  local ok, err = socket:send(M.client_hello(options))
  if not ok then
    return nil, err
  end
  local buffer, at, messages, out = "", 1, "", { certificates = {} }
  while #buffer < (options.limit or 131072) do
    local status, data = socket:receive()
    if not status then
      return out.version and out or nil, data
    end
    buffer = buffer .. data
    while true do
      local next_at, record = M.record_read(buffer, at)
      if not next_at then
        return nil, "not TLS"
      elseif not record then
        break
      end
      at = next_at
      if record.type == M.CONTENT_TYPE.alert then
        return out.version and out or nil, "alert"
      elseif record.type == M.CONTENT_TYPE.handshake then
        messages = messages .. record.body
      end
      while #messages >= 4 do
        local kind, length = string.unpack(">BI3", messages)
        if #messages < 4 + length then
          break
        end
        local body = messages:sub(5, 4 + length)
        messages = messages:sub(5 + length)
        if kind == M.HANDSHAKE.server_hello and #body >= 38 then
          out.version = string.unpack(">I2", body)
          local session = body:byte(35)
          out.cipher = #body >= 37 + session and string.unpack(">I2", body, 36 + session) or nil
        elseif kind == M.HANDSHAKE.certificate then
          out.certificates = M.parse_certificates(body)
        elseif kind == M.HANDSHAKE.server_hello_done then
          return out
        end
      end
    end
  end
  return nil, "limit"
end

return M
