-- SPDX-License-Identifier: Apache-2.0
-- loader: script files and libraries (nse-core 1.3, 2.1 - 2.3).
--
-- A script is compiled once. Its text becomes the body of a function inside a function of _ENV, so that every thread
-- can run the file again in an environment of its own without compiling.

local core, c = ...

local PREFIX <const> = "return function (_ENV) return function (...) "
local SUFFIX <const> = "\nend end"
local REQUIRED <const> = { action = "function", categories = "table", dependencies = "table" }
local RULES <const> = { "prerule", "hostrule", "portrule", "postrule" }

-- Raised by stdnse.silent_require: the script that cannot do without a library leaves quietly.
local SILENT <const> = setmetatable({}, { __tostring = function() return "silent require" end })

local scripts = {} -- path -> script

local function search_nselib(name)
  local file = "nselib/" .. name:gsub("%.", "/") .. ".lua"
  local kind, path = c.find(file)
  if kind ~= "file" then
    return "\n\tNSE failed to find " .. file .. " in search paths."
  end
  local chunk, err = loadfile(path, "t")
  if not chunk then
    error(err, 0)
  end
  return chunk
end

function core.install_searcher()
  table.insert(package.searchers, 1, search_nselib)
end

function core.silent_require(...)
  local result = table.pack(xpcall(require, debug.traceback, ...))
  if not result[1] then
    core.debug(2, "%s", result[2])
    error(SILENT)
  end
  return table.unpack(result, 2, result.n)
end

local function read_file(path)
  local file <close>, err = io.open(path, "r")
  if not file then
    error(err, 0)
  end
  local text = file:read("a")
  if not text then
    error(path .. " cannot be read", 0)
  end
  return text
end

local function check_strings(path, field, list)
  for _, word in ipairs(list) do
    if type(word) ~= "string" then
      error(("%s has non-string entries in the '%s' array"):format(path, field), 0)
    end
  end
end

-- The checks of nse-core 2.3 on what the file left in its environment.
local function check_fields(path, env)
  for field, wanted in pairs(REQUIRED) do
    local value = rawget(env, field)
    if value == nil then
      error(("%s is missing required field: '%s'"):format(path, field), 0)
    end
    if type(value) ~= wanted then
      error(("%s field '%s' is of improper type '%s', expected type '%s'"):format(
        path, field, type(value), wanted), 0)
    end
  end
  local found = false
  for _, rule in ipairs(RULES) do
    local value = rawget(env, rule)
    if value ~= nil and type(value) ~= "function" then
      error(rule .. " must be a function!", 0)
    end
    found = found or value ~= nil
  end
  if not found then
    error(path .. " is missing required function: 'rule'", 0)
  end
  check_strings(path, "categories", env.categories)
  check_strings(path, "dependencies", env.dependencies)
end

-- Run the file once to see its fields. False when it asked to be left out.
local function first_run(path, name, file)
  local env = setmetatable({
    SCRIPT_PATH = path,
    SCRIPT_NAME = name,
    categories = {},
    dependencies = {},
  }, { __index = _G })
  local co = coroutine.create(file(env))
  local ok, err = coroutine.resume(co)
  if ok and coroutine.status(co) == "suspended" then
    ok, err = false, "a script cannot wait while it is being loaded"
  end
  if not ok then
    if err == SILENT then
      core.verbose(1, "Failed to load '%s'.", path)
      return nil
    end
    c.write_error(("NSE: Failed to load %s:\n%s\n"):format(path, debug.traceback(co, tostring(err))))
    error("could not load script", 0)
  end
  check_fields(path, env)
  return env
end

local function names_of(path)
  local basename = path:match("([^/]+)$") or path
  local name = basename:match("^(.+)%.nse$") or basename:match("^(.+)%.[^.]*$") or basename
  return basename, name
end

-- The script at `path`, or nil when it dropped itself.
function core.load_script(path)
  local known = scripts[path]
  if known ~= nil then
    return known or nil
  end
  local basename, name = names_of(path)
  if not path:find("%.nse$") then
    core.warn("Loading '%s' -- the recommended file extension is '.nse'.", path)
  end
  local text = read_file(path)
  local chunk, err = load(PREFIX .. text .. SUFFIX, "@" .. path, "t", {})
  if not chunk then
    error(err, 0)
  end
  local file = chunk()
  local env = first_run(path, name, file)
  if not env then
    scripts[path] = false
    return nil
  end
  local script = {
    path = path,
    basename = basename,
    name = name,
    id = name,
    file = file,
    sha256 = c.sha256(text),
    description = rawget(env, "description"),
    categories = env.categories,
    category_text = table.concat(env.categories, ","),
    dependencies = env.dependencies,
    rules = {},
  }
  for _, rule in ipairs(RULES) do
    script.rules[rule] = rawget(env, rule) ~= nil
  end
  scripts[path] = script
  return script
end

-- Forget loaded scripts: they are read anew.
function core.forget_scripts()
  scripts = {}
end

-- kind, path of a script: absolute, in the data folders, or relative to here.
function core.find_script(name)
  if name:sub(1, 1) == "/" then
    return c.kind(name)
  end
  local kind, path = c.find("scripts/" .. name)
  if kind then
    return kind, path
  end
  return c.kind(name)
end
