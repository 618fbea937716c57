--- Names of services, protocols and card makers from the data files that are installed.
--
-- The look-ups are the engine's (module nmapdb); this library gives them as tables that look up on demand.
--
-- @license Apache-2.0

local nmap = require "nmap"
local nmapdb = require "nmapdb"

local M = {}

--- A read-only table whose entries are looked up when they are read.
local function lookup_table(find)
  return setmetatable({}, {
    __index = function(_, key)
      local ok, value = pcall(find, key)
      return ok and value or nil
    end,
  })
end

--- Service names by port number.
-- @param protocol "tcp", "udp" or "sctp"; nil gives a table of the three
-- @return true and the table, or false and a message
function M.parse_services(protocol)
  local function services(proto)
    return lookup_table(function(port)
      return nmapdb.getservbyport(port, proto)
    end)
  end
  if protocol then
    if protocol ~= "tcp" and protocol ~= "udp" and protocol ~= "sctp" then
      return false, "Bad protocol for nmap-services: use tcp, udp, or sctp"
    end
    return true, services(protocol)
  end
  return true, { tcp = services "tcp", udp = services "udp", sctp = services "sctp" }
end

--- IP protocol names by number and numbers by name.
function M.parse_protocols()
  return true, lookup_table(function(key)
    if type(key) == "number" then
      return nmapdb.getprotbynum(key)
    end
    return nmapdb.getprotbyname(key)
  end)
end

--- Makers of network cards by the first six hexadecimal digits (or a whole MAC).
function M.parse_mac_prefixes()
  return true, lookup_table(function(key)
    local digits = tostring(key):gsub("[:%-.]", "")
    return nmapdb.mac2corp((digits .. "000000000000"):sub(1, 12))
  end)
end

--- Read a data file line by line.
-- @param name looked up like every data file
-- @param parse function(line) -> key, value; lines without a key are skipped
-- @return true and a table, or false and a message
function M.parse_file(name, parse)
  local path = nmap.fetchfile(name)
  if not path then
    return false, ("%s could not be found in the data folders"):format(name)
  end
  local out = {}
  for line in io.lines(path) do
    local key, value = parse(line)
    if key ~= nil then
      out[key] = value
    end
  end
  return true, out
end

return M
