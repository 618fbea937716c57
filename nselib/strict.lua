--- Catch misspelt globals: reading or assigning a name nobody declared is an error.
--
-- A name counts as declared once a main chunk or C code has assigned it, also to nil. Functions may only use what is
-- declared. Names that portable code probes for (Lua 5.1 and LuaJIT leftovers) read as nil, so that stock debuggers
-- load unedited.
--
-- @license Apache-2.0

local debug = require "debug"

local LEGACY <const> = {
  "getfenv", "setfenv", "loadstring", "unpack", "jit", "module", "newproxy", "bit", "bit32", "winapi", "arg", "ngx",
}

--- What kind of code is touching the table: "main", "C" or "Lua".
local function accessor()
  local info = debug.getinfo(3, "S")
  return info and info.what or "C"
end

--- Make a table strict. Metamethods it already has are asked first.
-- @param env the table, usually _G
-- @return env
local function strict(env)
  local mt = getmetatable(env) or {}
  local old_index, old_newindex = mt.__index, mt.__newindex
  local declared = mt.__declared or {}
  mt.__declared = declared
  for _, name in ipairs(LEGACY) do
    declared[name] = true
  end

  local function lookup(t, key)
    if type(old_index) == "function" then
      return old_index(t, key)
    elseif old_index ~= nil then
      return old_index[key]
    end
  end

  mt.__newindex = function(t, key, value)
    if type(old_newindex) == "function" then
      old_newindex(t, key, value)
    end
    if not declared[key] then
      if accessor() == "Lua" then
        error(("assign to undeclared variable '%s'"):format(tostring(key)), 2)
      end
      declared[key] = true
    end
    rawset(t, key, value)
  end

  mt.__index = function(t, key)
    local value = lookup(t, key)
    if value ~= nil then
      return value
    end
    if not declared[key] and accessor() ~= "C" then
      error(("variable '%s' is not declared"):format(tostring(key)), 2)
    end
  end

  return setmetatable(env, mt)
end

return strict
