-- SPDX-License-Identifier: Apache-2.0
-- threads: the Lua side of a script thread: what runs in it, what is said about it, what becomes of its results
-- (nse-core 5.4, 5.7), and the functions that stdnse gets from the engine (1.11).

local core, c = ...

local threads = {} -- thread id -> record

local function address_of(co)
  return tostring(co):match("0x(%x+)") or tostring(co)
end

local function current()
  local id = c.current()
  return id and threads[id]
end

core.current_thread = current

-- The record of the base thread: workers answer for their parent.
local function base_of(record)
  return record.parent or record
end

local function target_text(record)
  local base = base_of(record)
  local host = base.host_record
  if not host then
    return nil
  end
  local text = host.ip
  if base.port_record then
    text = text .. ":" .. base.port_record.number
  end
  if host.targetname then
    text = ("%s (%s)"):format(host.targetname, text)
  end
  return text
end

local function name_against(record)
  local name = c.debugging() >= 2 and record.info or base_of(record).item.script.id
  local target = target_text(record)
  return target and ("%s against %s"):format(name, target) or name
end

-- The first function of every base thread.
local function body(record)
  local item, rule = record.item, record.rule
  local script = item.script
  local run = core.run_of(record.run)
  local env = setmetatable({
    SCRIPT_PATH = script.path,
    SCRIPT_NAME = script.name,
    SCRIPT_TYPE = rule,
  }, { __index = _G })
  local host, port
  if record.host then
    host = c.host_table(record.run, record.host)
    host.registry = core.host_registry(run, record.host)
    host._Target = record.run << 24 | record.host
    if record.port then
      port = c.port_table(record.run, record.host, record.port)
    end
  end
  script.file(env)()
  if not item.forced and not env[rule](host, port) then
    return
  end
  record.action_started = true
  record.started = c.clock()
  if script.path then
    c.action_started()
    core.debug(1, "Starting %s.", name_against(record))
  end
  return env.action(host, port)
end

function core.start_thread(run, host, port, item, rule)
  local record = {
    run = run.handle, host = host, port = port, item = item, rule = rule,
    started = c.clock(),
  }
  if host then
    record.host_record = c.host_table(run.handle, host)
    record.port_record = port and c.port_table(run.handle, host, port)
  end
  record.id, record.co = c.spawn(run.handle, host, port, item.script.id, body, record)
  record.info = ("%s M:%s"):format(item.script.id, address_of(record.co))
  threads[record.id] = record
end

local function finished(record)
  core.debug(record.parent and 2 or 1, "Finished %s.", name_against(record))
end

local function failed(record, err, traceback)
  record.error = err
  if type(err) == "table" and err.errtype == "nmap.new_try" then
    record.error = err.message
    core.debug(1, "Finished %s. Reason: %s\n", name_against(record), tostring(err.message))
    return
  end
  local text = core.to_text(err)
  if c.debugging() > 0 then
    core.print(("%s threw an error!\n%s\n%s\n"):format(name_against(record), text, traceback))
  end
  if not record.parent then
    core.tell_failure(record, text)
  end
end

-- How a thread may end otherwise; the second text is its error value.
local ENDS <const> = {
  stray = "yielded unexpectedly and cannot be resumed.",
  timeout = "timed out",
  budget = "used up its processor time",
  aborted = "was stopped",
}

-- Entry point: thread `id` ended. Runs in the main state; there is no current thread.
function core.ended(id, why, ...)
  local record = threads[id]
  threads[id] = nil
  if not record then
    return
  end
  record.ended, record.asked = c.clock(), c.asked(id)
  if record.item and not record.item.script.path then
    if why == "returned" and (...) then
      c.port_set_state(record.run, record.host, record.port, (...))
    end
  elseif why == "returned" then
    if record.parent or record.action_started then
      finished(record)
    end
    if record.action_started then
      core.tell_result(record, ...)
    end
  elseif why == "failed" then
    failed(record, ...)
  else
    record.error = ENDS[why]:gsub("%.$", "")
    if why ~= "aborted" or not record.parent then
      core.debug(1, "%s %s", name_against(record), ENDS[why])
    end
    if not record.parent and record.action_started then
      core.tell_end(record, why)
    end
  end
  core.sync_ended(id)
end

local function new_thread(f, ...)
  if type(f) ~= "function" then
    error("function expected", 2)
  end
  local creator = current()
  if not creator then
    error("stdnse.new_thread can only be run from an active script", 2)
  end
  local parent = base_of(creator)
  local record = { parent = parent, run = parent.run }
  record.id, record.co = c.spawn_worker(f, ...)
  record.info = ("%s W:%s"):format(parent.item.script.id, address_of(record.co))
  threads[record.id] = record
  core.debug(2, "%s spawning new thread (%s).", parent.info, tostring(record.co))
  local co = record.co
  return co, function()
    return coroutine.status(co), record.error
  end
end

-- What stdnse gets. All of it answers nil where no script is running.
core.stdnse = {
  new_thread = new_thread,
  silent_require = core.silent_require,

  base = function()
    local record = current()
    return record and record.co
  end,

  gettid = function()
    local record = current()
    return record and tostring(base_of(record).co)
  end,

  getid = function()
    local record = current()
    return record and base_of(record).item.script.id
  end,

  getinfo = function()
    local record = current()
    return record and record.info
  end,

  gethostport = function()
    local record = current()
    if record then
      local base = base_of(record)
      return base.host_record, base.port_record
    end
  end,

  isworker = function()
    local record = current()
    if record then
      return record.parent ~= nil
    end
  end,
}

-- Was the running script chosen by its name?
function core.by_name()
  local record = current()
  return record ~= nil and base_of(record).item.by_name
end
