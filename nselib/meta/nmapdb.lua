-- SPDX-License-Identifier: Apache-2.0
---@meta nmapdb

-- Look-ups in the data folders' files nmap-services, nmap-protocols and nmap-mac-prefixes, or the system's own.

local nmapdb = {}

---Raises for anything else than an Ethernet address.
---@param mac string six raw octets, or 12 digits with colons allowed between pairs
---@return string? maker
function nmapdb.mac2corp(mac) end

---@param port integer
---@param proto "tcp"|"udp"|"sctp"
---@return string? name
function nmapdb.getservbyport(port, proto) end

---@param number integer 0 to 255
---@return string? name
function nmapdb.getprotbynum(number) end

---@param name string lower case
---@return integer? number
function nmapdb.getprotbyname(name) end

return nmapdb
