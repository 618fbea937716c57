-- SPDX-License-Identifier: Apache-2.0
---@meta nmap.dnet

-- Frames and IP packets that scripts build. Every packet passes the scope gate, which reads the
-- destination from the packet itself.

local dnet = {}

---@class nmap.dnet.object
local object = {}

---Raises for an interface without a hardware address, an unknown one, and without privilege.
---@param device string
---@return true
function object:ethernet_open(device) end

---@return true
function object:ethernet_close() end

---@param frame string from the destination address on
---@return boolean ok
---@return string? err
function object:ethernet_send(frame) end

---@return true
function object:ip_open() end

---@return true
function object:ip_close() end

---Raises for what is no whole IP packet.
---@param packet string with its IPv4 or IPv6 header
---@param destination string|table? default: the packet's own
---@return boolean ok
---@return string? err
function object:ip_send(packet, destination) end

---@return nmap.dnet.object
function dnet.new() end

---Raises for an interface without an address of the scan's family.
---@param name string
---@return table info device, shortname, netmask, address, link, mac, broadcast, up, mtu
function dnet.get_interface_info(name) end

return dnet
