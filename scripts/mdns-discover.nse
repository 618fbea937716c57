description = [[
Asks everybody on the local network, by multicast DNS, which services they offer, and shows who answered with what.
With script argument newtargets the answering hosts become targets.
]]

---
-- @usage earshot scan --script mdns-discover -e eth0
-- @args mdns-discover.timeout  how long to listen for answers (4s)
-- @output
-- Pre-scan script results:
-- | mdns-discover:
-- |   192.0.2.17:
-- |     name: printer.local
-- |     services:
-- |_      _ipp._tcp 631 Office printer
-- @xmloutput a table per address with name and services

author = "The earshot developers"
license = "Apache-2.0"
categories = { "broadcast", "discovery", "safe" }

local dns = require "dns"
local nmap = require "nmap"
local stdnse = require "stdnse"
local target = require "target"

local GROUP <const> = "224.0.0.251"
local PORT <const> = 5353
local MOST_HOSTS <const> = 1024
local MOST_SERVICES <const> = 64

prerule = function()
  return nmap.address_family() == "inet"
end

--- Take the facts of one answer into the table of hosts. Names come from strangers: everything is bounded.
local function learn(hosts, from, message)
  local host = hosts[from]
  if not host then
    if hosts.count >= MOST_HOSTS then
      return {}
    end
    host = { kinds = {}, services = {}, count = 0 }
    hosts[from], hosts.count = host, hosts.count + 1
    hosts.order[#hosts.order + 1] = from
  end
  local new_kinds = {}
  local records = table.move(message.additional, 1, #message.additional, #message.answers + 1,
    table.move(message.answers, 1, #message.answers, 1, {}))
  for _, record in ipairs(records) do
    if record.type == dns.TYPES.PTR and record.value then
      if record.name == "_services._dns-sd._udp.local" then
        if not hosts.kinds[record.value] and #hosts.kind_list < MOST_SERVICES then
          hosts.kinds[record.value] = true
          hosts.kind_list[#hosts.kind_list + 1] = record.value
          new_kinds[#new_kinds + 1] = record.value
        end
      end
    elseif record.type == dns.TYPES.SRV and record.value then
      local instance, kind = record.name:match "^(.*)%.(_[^.]+%._[^.]+)%.local$"
      if instance and not host.services[record.name] and host.count < MOST_SERVICES then
        host.services[record.name] = ("%s %d %s"):format(kind, record.value.port, instance)
        host.count = host.count + 1
      end
    elseif record.type == dns.TYPES.A and record.value == from then
      host.name = record.name
    end
  end
  return new_kinds
end

local function listen(socket, hosts, seconds)
  local deadline = nmap.clock_ms() + seconds * 1000
  while nmap.clock_ms() < deadline do
    socket:set_timeout(math.max(10, math.floor(deadline - nmap.clock_ms())))
    local ok, data = socket:receive()
    if not ok then
      break
    end
    local fine, _, _, from = socket:get_info()
    local message = fine and dns.parse(data)
    if message and message.response then
      for _, kind in ipairs(learn(hosts, from, message)) do
        socket:sendto(GROUP, PORT, (dns.build_query(kind, "PTR", { recursion = false, unicast = true, id = 0 })))
      end
    end
  end
end

action = function()
  local seconds = stdnse.parse_timespec(stdnse.get_script_args(SCRIPT_NAME .. ".timeout") or "4s") or 4
  local hosts = { order = {}, kinds = {}, kind_list = {}, count = 0 }
  local socket = nmap.new_socket "udp"
  local query = dns.build_query("_services._dns-sd._udp.local", "PTR", { recursion = false, unicast = true, id = 0 })
  local ok, err = socket:sendto(GROUP, PORT, query)
  if not ok then
    stdnse.debug1("sending failed: %s", tostring(err))
    return nil
  end
  listen(socket, hosts, seconds)
  socket:close()
  local output = stdnse.output_table()
  table.sort(hosts.order)
  for _, address in ipairs(hosts.order) do
    local entry = stdnse.output_table()
    entry.name = hosts[address].name
    local services = {}
    for _, text in pairs(hosts[address].services) do
      services[#services + 1] = text
    end
    table.sort(services)
    entry.services = #services > 0 and services or nil
    output[address] = entry
    if target.ALLOW_NEW_TARGETS then
      target.add(address)
    end
  end
  if #hosts.order > 0 then
    return output
  end
end
