-- SPDX-License-Identifier: Apache-2.0
-- sync: mutexes, condition variables and new_try (nse-core 5.10, 5.11, 6.7). A waiter is a token (engine/thread.h); one
-- whose thread has died no longer waits and is passed over.

local core, c = ...

local running = coroutine.running

local SHAREABLE <const> = {
  string = true, table = true, ["function"] = true, userdata = true, thread = true,
}

local mutexes = setmetatable({}, { __mode = "kv" })
local condvars = setmetatable({}, { __mode = "kv" })
local held = {}   -- thread id -> set of mutex states its coroutines own
local joined = {} -- thread id -> set of condvar states it got

local function check_object(object, name)
  if not SHAREABLE[type(object)] then
    error(("bad argument #1 to 'nmap.%s' (object expected)"):format(name), 0)
  end
end

local function remember(sets, id, state)
  sets[id] = sets[id] or {}
  sets[id][state] = true
end

local function mutex_take(state, co, id)
  state.owner, state.owner_id = co, id
  if id then
    remember(held, id, state)
  end
end

-- Give the mutex to the first waiter that is still there.
local function mutex_pass(state)
  local old = state.owner_id
  if old and held[old] then
    held[old][state] = nil
  end
  state.owner, state.owner_id = nil, nil
  while #state.queue > 0 do
    local waiter = table.remove(state.queue, 1)
    if c.waits(waiter.token) then
      mutex_take(state, waiter.co, waiter.id)
      c.wake(waiter.token)
      return
    end
  end
end

local function mutex_lock(state)
  local co = running()
  if not state.owner then
    mutex_take(state, co, c.current())
    return
  end
  local waiter = { co = co, id = c.current(), token = c.announce() }
  table.insert(state.queue, waiter)
  c.suspend()
end

local MUTEX_CALLS <const> = {
  lock = mutex_lock,
  trylock = function(state)
    if state.owner then
      return false
    end
    mutex_take(state, running(), c.current())
    return true
  end,
  running = function(state)
    return state.owner
  end,
  done = function(state)
    if state.owner ~= running() then
      error("do not have a lock on this mutex", 0)
    end
    mutex_pass(state)
  end,
}

function core.mutex(object)
  check_object(object, "mutex")
  local known = mutexes[object]
  if known then
    return known
  end
  local state = { queue = {} }
  local function mutex(what)
    local call = MUTEX_CALLS[what]
    if not call then
      error(("bad argument #1 to '?' (invalid option '%s')"):format(tostring(what)), 0)
    end
    return call(state)
  end
  -- Who holds the state keeps the function, and the other way round.
  state.mutex = mutex
  mutexes[object] = mutex
  return mutex
end

local function condvar_signal(state)
  while #state.waiters > 0 do
    local token = table.remove(state.waiters)
    if c.waits(token) then
      c.wake(token)
      return
    end
  end
end

local function condvar_broadcast(state)
  for _, token in ipairs(state.waiters) do
    c.wake(token)
  end
  state.waiters = {}
end

local CONDVAR_CALLS <const> = {
  wait = function(state)
    table.insert(state.waiters, c.announce())
    c.suspend()
  end,
  signal = condvar_signal,
  broadcast = condvar_broadcast,
}

function core.condvar(object)
  check_object(object, "condvar")
  local known = condvars[object]
  if not known then
    local state = { waiters = {} }
    local function condvar(what)
      local call = CONDVAR_CALLS[what]
      if not call then
        error(("bad argument #1 to '?' (invalid option '%s')"):format(tostring(what)), 0)
      end
      return call(state)
    end
    state.condvar = condvar
    known = { call = condvar, state = state }
    condvars[object] = known
    state.known = known
  end
  local id = c.current()
  if id then
    remember(joined, id, known.state)
  end
  return known.call
end

-- A thread is gone: what it held passes on, who waited for it looks again.
function core.sync_ended(id)
  for state in pairs(held[id] or {}) do
    mutex_pass(state)
  end
  for state in pairs(joined[id] or {}) do
    condvar_broadcast(state)
  end
  held[id], joined[id] = nil, nil
end

function core.new_try(cleanup)
  return function(status, ...)
    if status ~= nil and type(status) ~= "boolean" then
      c.write_error("finalizing a non-conforming function that did not first return a boolean\n")
    end
    if status then
      return ...
    end
    if cleanup then
      cleanup()
    end
    error({ errtype = "nmap.new_try", message = (...) })
  end
end
