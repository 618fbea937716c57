-- SPDX-License-Identifier: Apache-2.0
-- strict: undeclared globals are errors (nse-core 1.4). A main chunk or C code may declare by assigning; everything
-- else must read and write what is declared. Names that debuggers probe for count as declared.

local core = ...

local getinfo, rawset, error = debug.getinfo, rawset, error

local LEGACY <const> = {
  "getfenv", "setfenv", "loadstring", "unpack", "jit", "module", "newproxy",
  "bit", "bit32", "winapi", "arg", "ngx",
}

local function kind_of_accessor()
  local info = getinfo(3, "S")
  return info and info.what or "C"
end

function core.make_strict(globals)
  local declared = {}
  for _, name in ipairs(LEGACY) do
    declared[name] = true
  end
  local mt = getmetatable(globals) or {}
  local old_index, old_newindex = mt.__index, mt.__newindex

  mt.__declared = declared
  function mt.__newindex(t, name, value)
    if old_newindex then
      return old_newindex(t, name, value)
    end
    if not declared[name] then
      local what = kind_of_accessor()
      if what ~= "main" and what ~= "C" then
        error(("assign to undeclared variable '%s'"):format(name), 2)
      end
      declared[name] = true
    end
    rawset(t, name, value)
  end
  function mt.__index(_, name)
    local value = old_index and old_index[name]
    if value == nil and not declared[name] and kind_of_accessor() ~= "C" then
      error(("variable '%s' is not declared"):format(tostring(name)), 2)
    end
    return value
  end
  setmetatable(globals, mt)
end
