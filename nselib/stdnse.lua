--- What nearly every script needs: messages, arguments, output shapes, time.
--
-- The engine adds new_thread, base, gettid, getid, getinfo, gethostport, isworker and silent_require when it loads
-- this library; the functions of those names here answer until then. Reading a member that is not here is an error.
--
-- @license Apache-2.0

local coroutine = require "coroutine"
local ipOps = require "ipOps"
local nmap = require "nmap"
local strict = require "strict"
local string = require "string"
local tableaux = require "tableaux"

local M = strict {}

M.sleep = nmap.socket.sleep
M.clock_ms = nmap.clock_ms
M.contains = tableaux.contains
M.keys = tableaux.keys

function M.getid() end
function M.getinfo() end
function M.gethostport() end

--- Microseconds since the epoch, as an integer.
function M.clock_us()
  return math.floor(nmap.clock() * 1000000)
end

-- ---- messages -------------------------------------------------------------------------------------------------

--- "[script address:port] " for the running thread; with level 2 the thread's own name instead of the script's.
local function prefix(level)
  local id = level >= 2 and M.getinfo() or M.getid()
  if not id then
    return ""
  end
  local host, port = M.gethostport()
  if not host then
    return ("[%s] "):format(id)
  elseif port then
    return ("[%s %s:%d] "):format(id, host.ip, port.number)
  end
  return ("[%s %s] "):format(id, host.ip)
end

--- A leading number in the arguments is the level; the rest is for string.format.
local function split_level(first, ...)
  if type(first) == "number" then
    return first, ...
  end
  return 1, first, ...
end

local function format(fmt, ...)
  if select("#", ...) == 0 then
    return tostring(fmt)
  end
  return fmt:format(...)
end

--- Print when the debugging level is at least the given one (1 when left out). No prefix.
function M.print_debug(...)
  local function emit(level, ...)
    if nmap.debugging() >= level then
      nmap.log_write("stdout", format(...))
    end
  end
  emit(split_level(...))
end

--- As print_debug, with the script and its target in front.
function M.debug(level, fmt, ...)
  if type(level) ~= "number" then
    return M.debug(1, level, fmt, ...)
  end
  if nmap.debugging() >= level then
    nmap.log_write("stdout", prefix(nmap.debugging()) .. format(fmt, ...))
  end
end

--- Print when the verbosity is at least the given one (1 when left out). No prefix.
function M.print_verbose(...)
  local function emit(level, ...)
    if nmap.verbosity() >= level then
      nmap.log_write("stdout", format(...))
    end
  end
  emit(split_level(...))
end

--- As print_verbose, with the script (and at verbosity 2 its target) in front.
function M.verbose(level, fmt, ...)
  if type(level) ~= "number" then
    return M.verbose(1, level, fmt, ...)
  end
  if nmap.verbosity() < level then
    return
  end
  local id = M.getid()
  local head = nmap.verbosity() >= 2 and prefix(1) or (id and ("[%s] "):format(id) or "")
  nmap.log_write("stdout", head .. format(fmt, ...))
end

for level = 1, 5 do
  M["debug" .. level] = function(fmt, ...)
    return M.debug(level, fmt, ...)
  end
  M["verbose" .. level] = function(fmt, ...)
    return M.verbose(level, fmt, ...)
  end
end

-- ---- script arguments -----------------------------------------------------------------------------------------

local function one_arg(args, name)
  local function under(key)
    local value = args[key]
    if value then
      return value
    end
    for _, flag in ipairs(args) do
      if flag == key then
        return 1
      end
    end
  end
  local short = name:match "%.([^.]*)$"
  return under(name) or (short and under(short)) or nil
end

--- Values of script arguments. Each argument is a name, or a list of names of which the first set one counts.
-- "script.name" is also found as plain "name"; a flag without value gives 1.
-- @return as many values as there are arguments, nil for those not set
function M.get_script_args(...)
  local args = nmap.registry.args or {}
  local out, n = {}, select("#", ...)
  for i = 1, n do
    local wanted = select(i, ...)
    local names = type(wanted) == "table" and wanted or { wanted }
    for _, name in ipairs(names) do
      out[i] = one_arg(args, name)
      if out[i] ~= nil then
        break
      end
    end
  end
  return table.unpack(out, 1, n)
end

-- ---- text and octets ------------------------------------------------------------------------------------------

--- Hexadecimal text of a string or integer.
-- @param options separator: put between groups; group: octets (of a string) or digits (of a number) a group
function M.tohex(value, options)
  options = options or {}
  local hex, group
  if type(value) == "number" then
    hex, group = ("%x"):format(value), options.group or 2
  elseif type(value) == "string" then
    hex = value:gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end)
    group = (options.group or 1) * 2
  else
    error("Type not supported in tohex(): " .. type(value), 2)
  end
  if not options.separator then
    return hex
  end
  local parts, first = {}, #hex % group
  if first > 0 then
    parts[1] = hex:sub(1, first)
  end
  for i = first + 1, #hex, group do
    parts[#parts + 1] = hex:sub(i, i + group - 1)
  end
  return table.concat(parts, options.separator)
end

--- The octets that hexadecimal text stands for; white space is skipped.
-- @return string, or nil and a message
function M.fromhex(hex)
  local digits = hex:gsub("%s+", "")
  if digits:find "%X" then
    return nil, "not a hexadecimal digit"
  elseif #digits % 2 ~= 0 then
    return nil, "odd number of hexadecimal digits"
  end
  return (digits:gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

local function in_base(n, bits)
  local mask, digits = (1 << bits) - 1, {}
  repeat
    table.insert(digits, 1, tostring(n & mask))
    n = n >> bits
  until n == 0
  return table.concat(digits)
end

function M.tobinary(n)
  return in_base(n, 1)
end

function M.tooctal(n)
  return ("%o"):format(n)
end

--- "00:11:22:33:44:55" of six octets.
function M.format_mac(mac)
  return M.tohex(mac, { separator = ":" })
end

--- The string, or a substitute when there is nothing in it.
function M.string_or_blank(s, blank)
  if s == nil or s == "" then
    return blank or "<blank>"
  end
  return s
end

--- Read from a socket piece by piece: each call of the result gives the next piece up to a separator.
-- The last piece, cut off by the end of the stream, is given too; then nil and the reason.
-- @param socket connected socket
-- @param separator Lua pattern
-- @param limit most octets to keep waiting for a separator (1 MiB)
function M.make_buffer(socket, separator, limit)
  limit = limit or 1048576
  local buffer, reason = "", nil
  return function()
    while true do
      local first, last = buffer:find(separator)
      if first then
        local piece = buffer:sub(1, first - 1)
        buffer = buffer:sub(last + 1)
        return piece
      end
      if reason or #buffer > limit then
        local rest = buffer
        buffer = ""
        reason = reason or "buffer limit"
        if rest ~= "" then
          return rest
        end
        return nil, reason
      end
      local status, data = socket:receive()
      if status then
        buffer = buffer .. data
      else
        reason = data
      end
    end
  end
end

-- ---- output ---------------------------------------------------------------------------------------------------

--- A table that keeps the order in which its keys were first set. #t counts keys; t() tells whether there are any.
function M.output_table()
  local order, values = {}, {}
  local mt = {}
  mt.__newindex = function(_, key, value)
    if value == nil then
      values[key] = nil
      for i, k in ipairs(order) do
        if k == key then
          table.remove(order, i)
          break
        end
      end
      return
    end
    if values[key] == nil then
      order[#order + 1] = key
    end
    values[key] = value
  end
  mt.__index = values
  mt.__len = function()
    return #order
  end
  mt.__call = function()
    return #order > 0
  end
  mt.__pairs = function()
    local i = 0
    return function()
      i = i + 1
      local key = order[i]
      if key ~= nil then
        return key, values[key]
      end
    end
  end
  return setmetatable({}, mt)
end

local function indented(lines, level, text)
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = ("  "):rep(level) .. line
  end
end

local function format_list(lines, data, level)
  if data.name then
    local head = data.name
    if data.warning and nmap.debugging() > 0 then
      head = ("%s (WARNING: %s)"):format(head, data.warning)
    end
    indented(lines, level, head)
    level = level + 1
  elseif data.warning and nmap.debugging() > 0 then
    indented(lines, level, ("(WARNING: %s)"):format(data.warning))
  end
  for _, item in ipairs(data) do
    if type(item) == "table" then
      format_list(lines, item, item.name and level or level + 1)
    elseif type(item) == "string" then
      indented(lines, level, item)
    end
  end
end

--- Lay out nested lists as indented text; the older way to answer, kept for scripts that use it.
-- @param ok false: the data is an error, shown only when debugging
-- @param data a string, or a list of strings and lists; field name is a heading, field warning a remark
-- @return text that starts with a newline, or nil when there is nothing
function M.format_output(ok, data)
  assert(data ~= nil, "No data was passed to format_output()")
  if type(data) ~= "table" then
    data = { tostring(data) }
  end
  if #data == 0 or (not ok and nmap.debugging() < 1) then
    return nil
  end
  local lines = {}
  format_list(lines, data, 1)
  if not ok then
    for i, line in ipairs(lines) do
      lines[i] = line:gsub("^(%s*)", "%1ERROR: ")
    end
  end
  return "\n" .. table.concat(lines, "\n") .. "\n"
end

-- ---- hosts and time -------------------------------------------------------------------------------------------

--- The best name for a host: as the user typed it, else from DNS, else the address.
function M.get_hostname(host)
  if type(host) ~= "table" then
    return host
  end
  local name = host.targetname
  if not name or name == "" then
    name = host.name
  end
  return name and name ~= "" and name or host.ip
end

local TIMEOUT_FACTORS <const> = { [0] = 5, 4, 3, 2, 1.5, 1 }

--- A patient but not endless time-out for one answer of a host, in milliseconds.
-- Follows the host's measured round trip and the timing level, within bounds.
-- @param host host table, may be nil
-- @param max upper bound, 8000 if nil
-- @param min lower bound, 1000 if nil
function M.get_timeout(host, max, min)
  max, min = max or 8000, min or 1000
  local base = host and host.times and host.times.timeout
  if not base then
    return max
  end
  local factor = TIMEOUT_FACTORS[nmap.timing_level()] or 2
  return math.max(min, math.min(max, math.floor(base * 1000 * factor + 1000)))
end

local UNITS <const> = { [""] = 1, ms = 0.001, s = 1, m = 60, h = 3600 }

--- Seconds in a time like "10", "250ms", "5m", "2h".
-- @return number, or nil and a message
function M.parse_timespec(text)
  if not text then
    return nil, "Can't parse time specification nil"
  end
  local number, unit = tostring(text):match "^([%d.]+)(%a*)$"
  local value = tonumber(number)
  if not value or not UNITS[unit] then
    return nil, ("Can't parse time specification \"%s\""):format(text)
  end
  return value * UNITS[unit]
end

--- The interfaces a script should use: the one named by -e or a script argument, else all that the filter accepts.
-- @param filter function(interface) -> boolean; nil accepts those that are up and not loopback
-- @return list of interface tables as nmap.list_interfaces gives
function M.get_script_interfaces(filter)
  filter = filter or function(interface)
    return interface.up == "up" and interface.link ~= "loopback"
  end
  local wanted = M.get_script_args "interface" or nmap.get_interface()
  local out = {}
  for _, interface in ipairs(nmap.list_interfaces() or {}) do
    if wanted then
      if interface.device == wanted then
        out[#out + 1] = interface
      end
    elseif filter(interface) then
      out[#out + 1] = interface
    end
  end
  return out
end

-- ---- modules for third parties --------------------------------------------------------------------------------

--- For module(): let a module see the globals.
function M.seeall(env)
  local mt = getmetatable(env) or {}
  mt.__index = _G
  return setmetatable(env, mt)
end

--- Environment for a library written in the older style: `_ENV = stdnse.module("name", stdnse.seeall)`.
function M.module(name, ...)
  local env = {}
  env._NAME = name
  env._PACKAGE = name:match "(.+)%.[^.]+$"
  env._M = env
  for i = 1, select("#", ...) do
    select(i, ...)(env)
  end
  return env
end

--- Print a value with everything in it, one line an entry.
function M.pretty_printer(value, printer)
  printer = printer or print
  local function walk(v, indent, key)
    local head = indent .. (key ~= nil and tostring(key) .. ": " or "")
    if type(v) ~= "table" then
      printer(head .. tostring(v))
      return
    end
    printer(head .. "table")
    for k, item in pairs(v) do
      walk(item, indent .. "  ", k)
    end
  end
  walk(value, "", nil)
end

--- Octets of an IPv6 address as grouped text.
function M.format_ipv6(address)
  return ipOps.str_to_ip(address)
end

--- Is there a running thread to wait in?
function M.can_wait()
  return coroutine.isyieldable()
end

return M
