--- Work with IP addresses as text, octets, numbers and ranges, IPv4 and IPv6.
--
-- Octets are strings of 4 or 16 in network order. Functions give nil and a message for what is no address.
--
-- @license Apache-2.0

local M = {}

local function v4_octets(text)
  local octets = { text:match "^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$" }
  if #octets ~= 4 then
    return nil
  end
  for i, o in ipairs(octets) do
    octets[i] = tonumber(o)
    if octets[i] > 255 then
      return nil
    end
  end
  return string.char(table.unpack(octets))
end

--- Groups of one side of "::" as octets, or nil. At the end of an address an IPv4 part counts as two groups.
local function v6_groups(text, at_end)
  if text == "" then
    return ""
  end
  local out = {}
  for group, colon in (text .. ":"):gmatch "([^:]*)(:)" do
    local v4 = colon and at_end and v4_octets(group)
    if v4 then
      out[#out + 1] = v4
    elseif group:match "^%x%x?%x?%x?$" then
      out[#out + 1] = string.pack(">I2", tonumber(group, 16))
    else
      return nil
    end
  end
  for i = 1, #out - 1 do
    if #out[i] == 4 then
      return nil
    end
  end
  return table.concat(out)
end

local function v6_octets(text)
  text = text:gsub("%%.*$", "")
  local head, tail = text:match "^(.-)::(.*)$"
  if not head then
    local all = v6_groups(text, true)
    return all and #all == 16 and all or nil
  end
  if tail:find("::", 1, true) then
    return nil
  end
  local front, back = v6_groups(head), v6_groups(tail, true)
  if not front or not back or #front + #back > 14 then
    return nil
  end
  return front .. ("\0"):rep(16 - #front - #back) .. back
end

--- Octets of an address.
-- @param family "inet" or "inet6" to insist on one
function M.ip_to_str(ip, family)
  if type(ip) ~= "string" then
    return nil, "Error in ipOps.ip_to_str: Expected IP address as a string."
  end
  local octets
  if family ~= "inet6" then
    octets = v4_octets(ip)
  end
  if not octets and family ~= "inet" then
    octets = v6_octets(ip)
  end
  if not octets then
    return nil, "Error in ipOps.ip_to_str: Invalid IP address."
  end
  return octets
end

--- Text of 16 octets as RFC 5952 wants it: the longest run of two or more zero groups becomes "::".
local function v6_text(octets)
  local groups = { string.unpack(">I2I2I2I2I2I2I2I2", octets) }
  groups[9] = nil
  local best, best_len, at, len = 0, 1, 0, 0
  for i = 1, 8 do
    if groups[i] == 0 then
      at, len = len == 0 and i or at, len + 1
      if len > best_len then
        best, best_len = at, len
      end
    else
      len = 0
    end
  end
  for i = 1, 8 do
    groups[i] = ("%x"):format(groups[i])
  end
  if best == 0 then
    return table.concat(groups, ":")
  end
  return table.concat(groups, ":", 1, best - 1) .. "::" .. table.concat(groups, ":", best + best_len, 8)
end

--- Text of an address given as octets.
function M.str_to_ip(octets)
  if type(octets) == "string" and #octets == 4 then
    return ("%d.%d.%d.%d"):format(octets:byte(1, 4))
  elseif type(octets) == "string" and #octets == 16 then
    return v6_text(octets)
  end
  return nil, "Invalid length"
end

--- The IPv4 address as a number.
function M.todword(ip)
  local octets, err = M.ip_to_str(ip, "inet")
  if not octets then
    return nil, err
  end
  return (string.unpack(">I4", octets))
end

--- IPv4 address text of a number.
function M.fromdword(number)
  return M.str_to_ip(string.pack(">I4", number))
end

--- The octets as numbers: four, or eight groups of IPv6.
-- @return list, family ("inet" or "inet6"); or nil and a message
function M.get_parts_as_number(ip)
  local octets, err = M.ip_to_str(ip)
  if not octets then
    return nil, err
  end
  if #octets == 4 then
    return { octets:byte(1, 4) }
  end
  local groups = { string.unpack(">I2I2I2I2I2I2I2I2", octets) }
  groups[9] = nil
  return groups
end

local COMPARE <const> = {
  eq = function(a, b) return a == b end,
  ne = function(a, b) return a ~= b end,
  lt = function(a, b) return a < b end,
  le = function(a, b) return a <= b end,
  gt = function(a, b) return a > b end,
  ge = function(a, b) return a >= b end,
}

--- Compare two addresses of one family: op is "eq", "ne", "lt", "le", "gt" or "ge".
function M.compare_ip(left, op, right)
  local a, err = M.ip_to_str(left)
  local b, err2 = M.ip_to_str(right)
  if not a or not b then
    return nil, err or err2
  end
  local test = COMPARE[op]
  if not test then
    return nil, "Error in ipOps.compare_ip: Invalid operator."
  end
  if #a ~= #b then
    if op == "eq" or op == "ne" then
      return op == "ne"
    end
    return nil, "Error in ipOps.compare_ip: addresses are of two families."
  end
  return test(a, b)
end

--- Clear or set the bits behind a prefix.
local function with_host_bits(octets, prefix, set)
  local out = {}
  for i = 1, #octets do
    local keep = math.max(0, math.min(8, prefix - (i - 1) * 8))
    local mask = (0xff << (8 - keep)) & 0xff
    local value = octets:byte(i) & mask
    out[i] = string.char(set and (value | (~mask & 0xff)) or value)
  end
  return table.concat(out)
end

local function split_prefix(ip, prefix)
  local address, len = ip:match "^([^/]+)/(%d+)$"
  local octets, err = M.ip_to_str(address or ip)
  if not octets then
    return nil, err
  end
  len = tonumber(prefix or len) or #octets * 8
  if len > #octets * 8 then
    return nil, "Error in ipOps: Invalid prefix length."
  end
  return octets, len
end

--- First address of a network: get_first_ip("10.1.2.3", 8) or get_first_ip("10.1.2.3/8").
function M.get_first_ip(ip, prefix)
  local octets, len = split_prefix(ip, prefix)
  if not octets then
    return nil, len
  end
  return M.str_to_ip(with_host_bits(octets, len, false))
end

--- Last address of a network.
function M.get_last_ip(ip, prefix)
  local octets, len = split_prefix(ip, prefix)
  if not octets then
    return nil, len
  end
  return M.str_to_ip(with_host_bits(octets, len, true))
end

--- Ends of a range: "10.0.0.0/8", "10.0.0.1-10.0.0.9" (spaces allowed), or one address.
-- @return first, last; or nil, nil and a message
function M.get_ips_from_range(range)
  local first, last = range:match "^%s*([^%s%-]+)%s*%-%s*([^%s%-]+)%s*$"
  if not first then
    local ip = range:match "^%s*(%S+)%s*$"
    if not ip then
      return nil, nil, "Error in ipOps.get_ips_from_range: The range is empty."
    end
    local err
    first, err = M.get_first_ip(ip)
    if not first then
      return nil, nil, err
    end
    last = M.get_last_ip(ip)
  end
  if not M.ip_to_str(first) or not M.ip_to_str(last) then
    return nil, nil, "Error in ipOps.get_ips_from_range: Invalid address in range."
  end
  return first, last
end

--- Is an address inside a range (as get_ips_from_range takes)?
function M.ip_in_range(ip, range)
  local first, last, err = M.get_ips_from_range(range)
  if not first then
    return nil, err
  end
  local a, lo, hi = M.ip_to_str(ip), M.ip_to_str(first), M.ip_to_str(last)
  if not a then
    return nil, "Error in ipOps.ip_in_range: Invalid IP address."
  end
  return #a == #lo and lo <= a and a <= hi
end

--- The full form of an address: all eight groups, four digits each; IPv4 stays.
function M.expand_ip(ip, family)
  local octets, err = M.ip_to_str(ip, family)
  if not octets then
    return nil, err
  end
  if #octets == 4 then
    return family == "inet6" and M.expand_ip("::ffff:" .. ip) or M.str_to_ip(octets)
  end
  local groups = { string.unpack(">I2I2I2I2I2I2I2I2", octets) }
  groups[9] = nil
  for i = 1, 8 do
    groups[i] = ("%04x"):format(groups[i])
  end
  return table.concat(groups, ":")
end

--- Is the address of no use outside: private, link-local, loopback, documentation, multicast, reserved?
function M.isPrivate(ip)
  local octets, err = M.ip_to_str(ip)
  if not octets then
    return nil, err
  end
  local ranges = #octets == 4 and {
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
  } or { "::/127", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8" }
  for _, range in ipairs(ranges) do
    if M.ip_in_range(ip, range) then
      return true, range
    end
  end
  return false
end

--- Name for a reverse look-up.
function M.reverse_name(ip)
  local octets, err = M.ip_to_str(ip)
  if not octets then
    return nil, err
  end
  local parts = {}
  if #octets == 4 then
    for i = 4, 1, -1 do
      parts[#parts + 1] = tostring(octets:byte(i))
    end
    return table.concat(parts, ".") .. ".in-addr.arpa"
  end
  for i = 16, 1, -1 do
    local b = octets:byte(i)
    parts[#parts + 1] = ("%x.%x"):format(b & 15, b >> 4)
  end
  return table.concat(parts, ".") .. ".ip6.arpa"
end

return M
