--- Talk to a service in one call: connect, maybe send, read, close.
--
-- Options of every function: proto ("tcp", "udp", "ssl"), timeout, connect_timeout, request_timeout (ms), bytes or
-- lines (how much to wait for), recv_before (read a greeting first), any_af.
--
-- @license Apache-2.0

local nmap = require "nmap"
local shortport = require "shortport"
local stdnse = require "stdnse"

local M = {}

local function connect_timeout(host, opts)
  return opts.connect_timeout or opts.timeout or stdnse.get_timeout(host, 8000, 4000)
end

local function request_timeout(host, opts)
  return opts.request_timeout or opts.timeout or stdnse.get_timeout(host, 8000, 6000)
end

local function transport(port, opts)
  return opts.proto or (type(port) == "table" and port.protocol) or "tcp"
end

--- Read what the options ask for.
local function read(socket, opts)
  if opts.lines then
    return socket:receive_lines(opts.lines)
  elseif opts.bytes then
    return socket:receive_bytes(opts.bytes)
  end
  return socket:receive()
end

--- Open a connection with one protocol.
-- @return socket, or nil and a message
function M.opencon(host, port, opts)
  opts = opts or {}
  local socket = nmap.new_socket()
  socket:set_timeout(connect_timeout(host, opts))
  local ok, err = socket:connect(host, port, transport(port, opts))
  if not ok then
    socket:close()
    return nil, err
  end
  socket:set_timeout(request_timeout(host, opts))
  return socket
end

--- Send data (nil: nothing) on a socket and read the answer.
local function exchange(socket, data, opts)
  local greeting
  if opts.recv_before then
    local ok, first = read(socket, opts)
    if not ok then
      return false, first
    end
    greeting = first
  end
  if data then
    local ok, err = socket:send(data)
    if not ok then
      return false, err
    end
  end
  local ok, answer = read(socket, opts)
  return ok, answer, greeting
end

--- Connect and read what the service says by itself.
-- @return true and the data, or false and a message
function M.get_banner(host, port, opts)
  opts = opts or {}
  local socket, err = M.opencon(host, port, opts)
  if not socket then
    return false, err
  end
  opts.recv_before = nil
  local ok, answer = exchange(socket, nil, opts)
  socket:close()
  return ok and true or false, answer
end

--- Connect, send, read.
-- @return true and the answer, or false and a message
function M.exchange(host, port, data, opts)
  opts = opts or {}
  local socket, err = M.opencon(host, port, opts)
  if not socket then
    return false, err
  end
  local ok, answer = exchange(socket, data, opts)
  socket:close()
  return ok and true or false, answer
end

--- Protocols to try, the likelier first.
local function candidates(host, port, opts)
  if opts.proto then
    return { opts.proto }
  elseif type(port) == "table" and port.protocol == "udp" then
    return { "udp" }
  elseif type(port) == "table" and shortport.ssl(host, port) then
    return { "ssl", "tcp" }
  end
  return { "tcp", "ssl" }
end

--- Open a connection, finding out whether the service wants TLS; sends data and reads the first answer.
-- @return socket, answer, protocol, greeting; or nil and a message
function M.tryssl(host, port, data, opts)
  opts = opts or {}
  local err = "ERROR"
  for _, proto in ipairs(candidates(host, port, opts)) do
    local try = setmetatable({ proto = proto }, { __index = opts })
    local socket, why = M.opencon(host, port, try)
    if not socket then
      err = why
    elseif data == nil and not opts.recv_before then
      return socket, nil, proto
    else
      local ok, answer, greeting = exchange(socket, data, try)
      if ok then
        return socket, answer, proto, greeting
      end
      err = answer
      socket:close()
    end
  end
  return nil, err
end

return M
