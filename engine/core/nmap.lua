-- SPDX-License-Identifier: Apache-2.0
-- nmap: the library of that name (nse-core 6): argument checks and glue; what needs the system is in C.

local core, c = ...

local nmap = {}
local current_args = nil -- the engine's, until a run brings its own

-- registry.args follows the running thread's group; everything else is an ordinary table.
nmap.registry = setmetatable({}, {
  __index = function(_, key)
    if key == "args" then
      local record = core.current_thread()
      local run = record and core.run_of(record.run)
      return run and run.args or current_args
    end
  end,
})

function core.set_args(args)
  core.args, current_args = args, args
end

local function bad_argument(n, name, text)
  error(("bad argument #%d to 'nmap.%s' (%s)"):format(n, name, text), 3)
end

-- run, host index of a host argument.
local function find_host(host, name)
  if type(host) ~= "table" then
    bad_argument(1, name, "table expected, got " .. (host == nil and "no value" or type(host)))
  end
  local handle = rawget(host, "_Target")
  if math.type(handle) == "integer" then
    local run, index = handle >> 24, handle & 0xffffff
    if core.run_of(run) and index >= 1 and index <= core.run_of(run).hosts then
      return run, index
    end
  end
  local ip, targetname = host.ip, host.targetname
  if type(ip) ~= "string" and type(targetname) ~= "string" then
    error("host table does not have a 'ip' or 'targetname' field", 3)
  end
  local record = core.current_thread()
  local run, index = c.host_find(record and record.run, ip, targetname)
  if not run then
    bad_argument(1, name, "host is not being processed right now")
  end
  return run, index
end

local PROTOCOLS <const> = { tcp = true, udp = true, sctp = true }

local function check_port(port, name)
  if type(port) ~= "table" then
    bad_argument(2, name, "table expected, got " .. (port == nil and "no value" or type(port)))
  end
  if math.type(port.number) ~= "integer" then
    error("port 'number' field must be an integer", 3)
  end
  if type(port.protocol) ~= "string" then
    error("port 'protocol' field must be a string", 3)
  end
  if not PROTOCOLS[port.protocol] then
    error("port 'protocol' field must be \"udp\", \"sctp\" or \"tcp\"", 3)
  end
end

local function find_port(host, port, name)
  local run, index = find_host(host, name)
  check_port(port, name)
  return run, index, c.port_find(run, index, port.number, port.protocol)
end

local function check_option(n, name, value, options)
  if not options[value] then
    bad_argument(n, name, ("invalid option '%s'"):format(tostring(value)))
  end
end

function nmap.get_port_state(host, port)
  local run, h, p = find_port(host, port, "get_port_state")
  return p and c.port_table(run, h, p) or nil
end

local STATES <const> = {
  open = true, filtered = true, unfiltered = true, closed = true,
  ["open|filtered"] = true, ["closed|filtered"] = true,
}

function nmap.get_ports(host, port, protocol, state)
  local run, h = find_host(host, "get_ports")
  local after = -1
  if port ~= nil then
    check_port(port, "get_ports")
    if c.port_find(run, h, port.number, port.protocol) then
      after = port.number
    end
  end
  check_option(3, "get_ports", protocol, PROTOCOLS)
  check_option(4, "get_ports", state, STATES)
  local p = c.port_next(run, h, after, protocol, state)
  return p and c.port_table(run, h, p) or nil
end

function nmap.set_port_state(host, port, state)
  local run, h, p = find_port(host, port, "set_port_state")
  check_option(3, "set_port_state", state, { open = true, closed = true })
  if p then
    c.port_set_state(run, h, p, state)
  end
end

local PROBE_STATES <const> = {
  hardmatched = true, softmatched = true, nomatch = true, tcpwrapped = true, incomplete = true,
}

function nmap.set_port_version(host, port, probestate)
  local run, h, p = find_port(host, port, "set_port_version")
  probestate = probestate or "hardmatched"
  check_option(3, "set_port_version", probestate, PROBE_STATES)
  local version = port.version
  if type(version) ~= "table" then
    error("port 'version' field must be a table", 2)
  end
  local tunnel = version.service_tunnel
  if tunnel ~= nil and tunnel ~= "none" and tunnel ~= "ssl" then
    bad_argument(2, "set_port_version", "invalid value for port.version.service_tunnel")
  end
  if version.cpe ~= nil and type(version.cpe) ~= "table" then
    error("port.version 'cpe' field must be a table", 2)
  end
  if p then
    c.port_set_version(run, h, p, version, probestate)
  end
end

-- Ports are only excluded under version detection, which has its own list.
function nmap.port_is_excluded()
  return false
end

function nmap.verbosity()
  return c.verbosity() + (core.by_name() and 1 or 0)
end

nmap.debugging = c.debugging

local warned_intensity = false

function nmap.version_intensity()
  if core.by_name() then
    return 9
  end
  local arg = math.tointeger(tonumber(nmap.registry.args["script-intensity"]))
  if not arg then
    return c.options.version_intensity
  end
  if (arg < 0 or arg > 9) and not warned_intensity then
    warned_intensity = true
    c.write_error(("Warning: Valid values of script arg script-intensity are between 0 and 9. "
      .. "Using %d nevertheless.\n"):format(arg))
  end
  return arg
end

function nmap.timing_level()
  return c.options.timing
end

function nmap.have_ssl()
  return true
end

function nmap.is_privileged()
  return c.options.privileged
end

function nmap.address_family()
  return c.ipv6() and "inet6" or "inet"
end

nmap.get_interface = c.interface

function nmap.get_ttl()
  return 64
end

function nmap.get_payload_length()
  return 0
end

function nmap.fetchfile(name)
  if type(name) ~= "string" or name:sub(1, 1) == "/" then
    return nil
  end
  local kind, path = c.find(name)
  if kind ~= "file" then
    return nil
  end
  core.debug(2, "Fetchfile found %s", path)
  return path
end

nmap.clock = c.clock

function nmap.clock_ms()
  return math.ceil(c.clock() * 1000) + 0.0
end

nmap.get_random_bytes = c.random

function nmap.get_dns_servers()
  local servers = {}
  local file <close> = io.open("/etc/resolv.conf", "r")
  for line in file and file:lines() or function() end do
    servers[#servers + 1] = line:match("^%s*nameserver%s+(%S+)")
  end
  return servers
end

local FAMILIES <const> = { unspec = 0, inet = 4, inet6 = 6 }

function nmap.resolve(name, family)
  family = family or "unspec"
  check_option(2, "resolve", family, FAMILIES)
  return c.resolve(name, FAMILIES[family])
end

local STREAMS <const> = { stdout = c.write, stderr = c.write_error }

function nmap.log_write(stream, text)
  check_option(1, "log_write", stream, STREAMS)
  STREAMS[stream]("NSE: " .. text .. "\n")
end

local known_targets = {}
local known_count = 0

local function add_target(text)
  if #text >= 1024 then
    c.write_error("ERROR: new target is too long (>= 1024), failed to add it.\n")
    return false
  end
  if text == "" then
    return false
  end
  if known_targets[text] then
    core.debug(3, "New Targets: target %s was already added.", text)
    return true
  end
  if not c.new_target(text) then
    return false
  end
  core.debug(3, "New Targets: target %s pushed onto the queue.", text)
  known_targets[text] = true
  known_count = known_count + 1
  return true
end

function nmap.add_targets(...)
  local record = core.current_thread()
  local run = record and core.run_of(record.run)
  if select("#", ...) == 0 then
    return c.new_targets_queued()
  end
  if run and run.phase == "postrule" then
    c.write_error("ERROR: adding targets is disabled in the Post-scanning phase.\n")
    return 0, "failed to add new targets."
  end
  local added = 0
  for _, target in ipairs({ ... }) do
    if not add_target(tostring(target)) then
      break
    end
    added = added + 1
  end
  if added == 0 then
    return 0, "failed to add new targets."
  end
  return added
end

function nmap.new_targets_num()
  return known_count
end

nmap.mutex = core.mutex
nmap.condvar = core.condvar
nmap.new_try = core.new_try

nmap.socket = require "nmap.socket"
nmap.new_socket = nmap.socket.new

local has_dnet, dnet = pcall(require, "nmap.dnet")
if has_dnet then
  nmap.dnet = dnet
  nmap.new_dnet = dnet.new
end

nmap.list_interfaces = c.list_interfaces
nmap.get_interface_info = c.get_interface_info

package.loaded.nmap = nmap
_G.nmap = nmap
