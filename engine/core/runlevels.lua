-- SPDX-License-Identifier: Apache-2.0
-- runlevels: what runs after what (nse-core 4). Dependencies only order scripts that are selected anyway; a run walks
-- the levels, and within a level hands out one thread at a time, so a thousand ports cost no memory in advance.

local core, c = ...

local runs = {} -- handle -> run

-- Give every selected script its level: 1 + that of its deepest selected dependency.
function core.order(selection)
  local by_name, levels = {}, {}
  for _, item in ipairs(selection.scripts) do
    by_name[item.script.name] = item
  end
  local chain = {}
  local function level_of(item)
    if item.level then
      return item.level
    end
    local name = item.script.name
    chain[#chain + 1] = name
    if item.busy then
      error(("circular dependency in chain `%s`"):format(table.concat(chain, "->")), 0)
    end
    item.busy = true
    local level = 1
    for _, dependency in ipairs(item.script.dependencies) do
      local other = by_name[dependency]
      if other then
        level = math.max(level, level_of(other) + 1)
      end
    end
    item.busy = nil
    chain[#chain] = nil
    item.level = level
    return level
  end
  for _, item in ipairs(selection.scripts) do
    local level = level_of(item)
    levels[level] = levels[level] or {}
    table.insert(levels[level], item)
  end
  selection.levels = levels
end

-- A level of its own before the others, when ports are guesses: connect to each, believe what comes back.
local function confirm_port(host, port)
  local socket = require("nmap.socket").new()
  socket:set_timeout(3000)
  local ok, err = socket:connect(host, port)
  socket:close()
  return ok and "open" or err == "TIMEOUT" and "filtered" or "closed"
end

local CONFIRM <const> = {
  forced = true,
  script = {
    id = "port-confirm",
    rules = { portrule = true },
    file = function(env)
      return function()
        env.action = function(host, port)
          if port.protocol == "tcp" then
            return confirm_port(host, port)
          end
        end
      end
    end,
  },
}

-- Entry point: returns the number of levels.
function core.run_begin(handle, selection, phase, args, confirm)
  local run = {
    handle = handle,
    levels = selection.levels,
    phase = phase,
    hosts = c.host_count(handle),
    registries = {},
    args = args and core.parse_args(args) or core.args,
  }
  runs[handle] = run
  if confirm and phase == "scan" and #run.levels > 0 then
    run.levels = table.move(run.levels, 1, #run.levels, 2, { { CONFIRM } })
  end
  return #run.levels
end

function core.run_end(handle)
  runs[handle] = nil
end

function core.run_of(handle)
  return runs[handle]
end

-- host.registry lives as long as the group and is shared by all scripts of the host.
function core.host_registry(run, host)
  local registry = run.registries[host]
  if not registry then
    registry = {}
    run.registries[host] = registry
  end
  return registry
end

local function host_threads(run, host)
  for _, item in ipairs(run.items) do
    if item.script.rules.hostrule then
      coroutine.yield(host, nil, item, "hostrule")
    end
  end
  for port = 1, c.port_count(run.handle, host) do
    for _, item in ipairs(run.items) do
      -- Asked each time: a script of this level may have closed the port.
      if item.script.rules.portrule and c.port_askable(run.handle, host, port) then
        coroutine.yield(host, port, item, "portrule")
      end
    end
  end
end

local function level_threads(run)
  if run.phase ~= "scan" then
    for _, item in ipairs(run.items) do
      if item.script.rules[run.phase] then
        coroutine.yield(nil, nil, item, run.phase)
      end
    end
    return
  end
  for host = 1, run.hosts do
    if not c.host_timed_out(run.handle, host) then
      host_threads(run, host)
    end
  end
end

function core.level_begin(handle, level)
  local run = runs[handle]
  run.items = run.levels[level]
  run.generator = coroutine.create(level_threads)
end

-- Start one more thread of the level; false when there is none left.
function core.next(handle)
  local run = runs[handle]
  local ok, host, port, item, rule = coroutine.resume(run.generator, run)
  if not ok then
    error(host, 0)
  end
  if coroutine.status(run.generator) == "dead" then
    return false
  end
  core.start_thread(run, host, port, item, rule)
  return true
end
