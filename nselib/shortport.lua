--- Build portrules: by number, by service, by what the port turned out to be.
--
-- @license Apache-2.0

local tableaux = require "tableaux"

local M = {}

local OPEN <const> = { "open", "open|filtered" }

local function as_list(value)
  return type(value) == "table" and value or { value }
end

local function has(list, value)
  return value ~= nil and tableaux.contains(list, value)
end

--- "80", 80, {80, 443} and "8000-8080,9000" all name ports.
local function names_port(ports, number)
  for _, item in ipairs(as_list(ports)) do
    if item == number then
      return true
    end
    if type(item) == "string" then
      for piece in item:gmatch "[^,%s]+" do
        local first, last = piece:match "^(%d+)%-?(%d*)$"
        first = tonumber(first)
        last = tonumber(last) or first
        if first and number >= first and number <= last then
          return true
        end
      end
    end
  end
  return false
end

--- Is a port excluded from being asked about its version?
function M.port_is_excluded(number, protocol)
  return require("nmap").port_is_excluded(number, protocol)
end

--- A rule for port numbers.
-- @param ports number, list, or text with ranges
-- @param protocols "tcp" (default), "udp", "sctp", or a list
-- @param states accepted states; open and open|filtered if nil
function M.portnumber(ports, protocols, states)
  protocols, states = as_list(protocols or "tcp"), as_list(states or OPEN)
  return function(_, port)
    return has(protocols, port.protocol) and has(states, port.state) and names_port(ports, port.number)
  end
end

--- A rule for service names.
function M.service(services, protocols, states)
  services, states = as_list(services), as_list(states or OPEN)
  protocols = as_list(protocols or { "tcp", "udp", "sctp" })
  return function(_, port)
    return has(protocols, port.protocol) and has(states, port.state) and has(services, port.service)
  end
end

--- A rule for either. The number counts only while the service is not known to be something else.
function M.port_or_service(ports, services, protocols, states)
  local by_number = M.portnumber(ports, protocols or "tcp", states)
  local by_service = M.service(services, protocols or "tcp", states)
  return function(host, port)
    return by_number(host, port) or by_service(host, port)
  end
end

--- As port_or_service, for scripts that find out versions: not asked when the version is known or the port excluded.
function M.version_port_or_service(ports, services, protocols, states, rarity)
  local rule = M.port_or_service(ports, services, protocols, states)
  return function(host, port)
    local nmap = require "nmap"
    return rule(host, port) and not M.port_is_excluded(port.number, port.protocol)
      and nmap.version_intensity() >= (rarity or 7)
      and (port.version == nil or port.version.name_confidence == nil or port.version.name_confidence <= 5)
  end
end

-- IANA names these for HTTP, or common servers choose them.
local HTTP_PORTS <const> = {
  80, 81, 443, 591, 631, 5000, 5985, 5988, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9080, 9090,
}
local HTTP_SERVICES <const> = {
  "http", "https", "http-alt", "https-alt", "http-proxy", "ipp", "ipps", "wbem-http", "wbem-https", "wsman", "webdav",
}

local http_rule = M.port_or_service(HTTP_PORTS, HTTP_SERVICES, "tcp", { "open" })

--- Rule: looks like a web server.
function M.http(host, port)
  return http_rule(host, port)
end

-- Registered with IANA for a protocol inside TLS, or the usual place of one.
local TLS_PORTS <const> = {
  261, 324, 443, 465, 563, 636, 684, 695, 802, 832, 853, 989, 990, 992, 993, 995, 2083, 2376, 3269, 4843, 5061, 5349,
  5671, 5986, 6443, 6514, 6697, 8443, 8883, 9443, 10443,
}
local TLS_SERVICES <const> = {
  "https", "https-alt", "ftps", "ftps-data", "smtps", "submissions", "imaps", "pop3s", "ldaps", "ircs", "ircs-u",
  "sips", "telnets", "nntps", "amqps", "secure-mqtt", "domain-s", "syslog-tls", "wsmans", "ipps",
}

--- Rule: the port speaks TLS from the first octet.
function M.ssl(_, port)
  if not has({ "tcp", "sctp" }, port.protocol) or port.state ~= "open" then
    return false
  end
  if port.version and port.version.service_tunnel == "ssl" then
    return true
  end
  return has(TLS_SERVICES, port.service) or tableaux.contains(TLS_PORTS, port.number)
end

return M
