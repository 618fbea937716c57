description = [[
Asks a DNS server for its version and name by the CHAOS records version.bind and id.server.
]]

---
-- @usage earshot scan -sU -p 53 --script dns-version <target>
-- @output
-- 53/udp open  domain
-- | dns-version:
-- |   version: 9.18.19-1-Debian
-- |_  id: ns1
-- @xmloutput
-- <elem key="version">9.18.19-1-Debian</elem>

author = "The earshot developers"
license = "Apache-2.0"
categories = { "default", "discovery", "safe" }

local dns = require "dns"
local shortport = require "shortport"
local stdnse = require "stdnse"

portrule = shortport.port_or_service(53, "domain", { "tcp", "udp" }, { "open", "open|filtered" })

local function chaos(host, port, name)
  local message = dns.ask(name, "TXT", {
    class = "CHAOS", recursion = false, host = host, port = port, proto = port.protocol,
    timeout = stdnse.get_timeout(host, 5000, 2000),
  })
  for _, record in ipairs(message and message.answers or {}) do
    if record.type == dns.TYPES.TXT and record.value[1] then
      return table.concat(record.value)
    end
  end
end

action = function(host, port)
  local output = stdnse.output_table()
  output.version = chaos(host, port, "version.bind")
  output.id = chaos(host, port, "id.server") or chaos(host, port, "hostname.bind")
  if output() then
    return output
  end
end
