-- A stand-in for the engine's C modules, enough to load our libraries under plain Lua: no network, scripted sockets.
package.path = "nselib/?.lua;tests/lua/?.lua;" .. package.path

local stub = { log = {}, args = {}, sockets = {}, debugging = 0 }

--- Queue what the next socket will deliver: a list of chunks; then EOF.
function stub.serve(chunks)
  stub.sockets[#stub.sockets + 1] = { chunks = chunks, sent = {} }
  return stub.sockets[#stub.sockets]
end

local used = 0

local Socket = {}
Socket.__index = Socket
function Socket:connect() return true end
function Socket:set_timeout() return true end
function Socket:close() return true end
function Socket:send(data)
  table.insert(self.plan.sent, data)
  return true
end
function Socket:receive()
  local chunk = table.remove(self.plan.chunks, 1)
  if chunk then
    return true, chunk
  end
  return nil, "EOF"
end

function stub.reset()
  stub.log, stub.sockets, used, stub.debugging = {}, {}, 0, 0
  for k in pairs(stub.args) do
    stub.args[k] = nil
  end
end

package.loaded.nmap = {
  registry = { args = stub.args },
  socket = { sleep = function() end },
  clock = function() return 1.5 end,
  clock_ms = function() return 1500.0 end,
  debugging = function() return stub.debugging end,
  verbosity = function() return 0 end,
  timing_level = function() return 3 end,
  log_write = function(_, text) table.insert(stub.log, text) end,
  get_interface = function() end,
  get_random_bytes = function(n)
    local out = {}
    for i = 1, n do
      out[i] = string.char(math.random(0, 255))
    end
    return table.concat(out)
  end,
  new_socket = function()
    used = used + 1
    return setmetatable({ plan = assert(stub.sockets[used], "no socket was scripted") }, Socket)
  end,
}

return stub
