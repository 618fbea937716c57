--- A small DNS client: build a query, parse an answer (RFC 1035, RFC 6891).
--
-- @license Apache-2.0

local nmap = require "nmap"
local stdnse = require "stdnse"

local M = {}

M.TYPES = { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33, OPT = 41, ANY = 255 }
M.CLASSES = { IN = 1, CHAOS = 3, ANY = 255 }

local MOST_RECORDS <const> = 256
local MOST_LABELS <const> = 128

--- A name in wire form. A label longer than 63 octets is an error.
function M.encode_name(name)
  local out = {}
  for label in name:gmatch "[^.]+" do
    if #label > 63 then
      return nil, "label too long"
    end
    out[#out + 1] = string.pack("s1", label)
  end
  return table.concat(out) .. "\0"
end

--- A name at a position. Compression pointers may only lead back, so that no message can make this loop.
-- @return name and the position behind it, or nil
function M.decode_name(data, at)
  local labels, behind, lowest = {}, nil, at
  for _ = 1, MOST_LABELS do
    local length = data:byte(at)
    if not length then
      return nil
    elseif length == 0 then
      return table.concat(labels, "."), behind or at + 1
    elseif length >= 0xc0 then
      local low = data:byte(at + 1)
      local target = low and ((length & 0x3f) << 8 | low) + 1
      if not target or target >= lowest then
        return nil
      end
      behind, at, lowest = behind or at + 2, target, target
    elseif length > 63 or at + length > #data then
      return nil
    else
      labels[#labels + 1] = data:sub(at + 1, at + length)
      at = at + 1 + length
    end
  end
end

--- A query message.
-- @param options class (name, IN), id, recursion (true), unicast (mDNS: ask for a unicast answer)
function M.build_query(name, kind, options)
  options = options or {}
  local wire, err = M.encode_name(name)
  if not wire then
    return nil, err
  end
  local class = M.CLASSES[options.class or "IN"] | (options.unicast and 0x8000 or 0)
  return string.pack(">I2I2I2I2I2I2", options.id or math.random(0, 65535), options.recursion == false and 0 or 0x0100,
    1, 0, 0, 0) .. wire .. string.pack(">I2I2", M.TYPES[kind] or kind, class)
end

local PARSERS <const> = {
  [M.TYPES.A] = function(data, at, length)
    return length == 4 and ("%d.%d.%d.%d"):format(data:byte(at, at + 3)) or nil
  end,
  [M.TYPES.AAAA] = function(data, at, length)
    return length == 16 and require("ipOps").str_to_ip(data:sub(at, at + 15)) or nil
  end,
  [M.TYPES.TXT] = function(data, at, length)
    local out, last = {}, at + length
    while at < last do
      local size = data:byte(at)
      out[#out + 1] = data:sub(at + 1, math.min(at + size, last - 1))
      at = at + 1 + size
    end
    return out
  end,
  [M.TYPES.SRV] = function(data, at, length)
    if length < 7 then
      return nil
    end
    local priority, weight, port = string.unpack(">I2I2I2", data, at)
    return { priority = priority, weight = weight, port = port, target = M.decode_name(data, at + 6) }
  end,
  [M.TYPES.MX] = function(data, at, length)
    return length > 2 and { preference = string.unpack(">I2", data, at), exchange = M.decode_name(data, at + 2) } or nil
  end,
}
for _, kind in ipairs { "NS", "CNAME", "PTR" } do
  PARSERS[M.TYPES[kind]] = function(data, at)
    return (M.decode_name(data, at))
  end
end

local function parse_record(data, at)
  local name, next_at = M.decode_name(data, at)
  if not name or #data < next_at + 9 then
    return nil
  end
  local kind, class, ttl, length = string.unpack(">I2I2I4I2", data, next_at)
  at = next_at + 10
  if #data < at + length - 1 then
    return nil
  end
  local record = { name = name, type = kind, class = class & 0x7fff, ttl = ttl, raw = data:sub(at, at + length - 1) }
  record.value = PARSERS[kind] and PARSERS[kind](data, at, length) or nil
  return record, at + length
end

--- Parse a message.
-- @return table {id, response, rcode, questions, answers, authority, additional}, or nil; records that are cut off
--   are left out and `truncated` is set
function M.parse(data)
  if #data < 12 then
    return nil
  end
  local id, flags, questions, answers, authority, additional = string.unpack(">I2I2I2I2I2I2", data)
  local out = { id = id, response = flags & 0x8000 ~= 0, rcode = flags & 15, questions = {} }
  local at = 13
  for i = 1, math.min(questions, MOST_RECORDS) do
    local name, next_at = M.decode_name(data, at)
    if not name or #data < next_at + 3 then
      return nil
    end
    out.questions[i] = { name = name, type = string.unpack(">I2", data, next_at) }
    at = next_at + 4
  end
  for _, section in ipairs { { "answers", answers }, { "authority", authority }, { "additional", additional } } do
    local list = {}
    out[section[1]] = list
    for _ = 1, math.min(section[2], MOST_RECORDS) do
      local record, next_at
      if at then
        record, next_at = parse_record(data, at)
      end
      if not record then
        out.truncated, at = true, nil
        break
      end
      list[#list + 1], at = record, next_at
    end
  end
  return out
end

--- Ask one server.
-- @param options as build_query, and host, port (53), proto ("udp"), timeout (ms)
-- @return message as parse gives it, or nil and a message
function M.ask(name, kind, options)
  local request, err = M.build_query(name, kind, options)
  if not request then
    return nil, err
  end
  local proto = options.proto or "udp"
  local socket = nmap.new_socket(proto)
  socket:set_timeout(options.timeout or 5000)
  local ok, answer = socket:connect(options.host, options.port or 53, proto)
  if ok then
    ok, answer = socket:send(proto == "tcp" and string.pack(">s2", request) or request)
  end
  if ok and proto == "tcp" then
    ok, answer = socket:receive_bytes(2)
    answer = ok and answer:sub(3) or answer
  elseif ok then
    ok, answer = socket:receive()
  end
  socket:close()
  if not ok then
    return nil, answer
  end
  local message = M.parse(answer)
  if not message or message.id ~= string.unpack(">I2", request) then
    return nil, "no answer to the question"
  end
  return message
end

--- Look names up at the system's servers.
-- @param options dtype ("A"), host, port, retAll
-- @return true and the value (or list with retAll), or false and a message
function M.query(name, options)
  options = options or {}
  local kind = options.dtype or "A"
  local servers = options.host and { options.host } or nmap.get_dns_servers()
  local err = "no DNS server is known"
  for _, server in ipairs(servers) do
    local message
    message, err = M.ask(name, kind, setmetatable({ host = server }, { __index = options }))
    if message then
      local values = {}
      for _, record in ipairs(message.answers) do
        if record.type == M.TYPES[kind] and record.value ~= nil then
          values[#values + 1] = record.value
        end
      end
      if #values > 0 then
        return true, options.retAll and values or values[1]
      end
      stdnse.debug2("%s has no %s record (code %d)", name, kind, message.rcode)
      return false, "No Answers"
    end
  end
  return false, err
end

return M
