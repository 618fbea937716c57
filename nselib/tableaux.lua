--- Small tools for tables.
--
-- @license Apache-2.0

local M = {}

--- Is a value in a list?
-- @param list a table; its array part is searched
-- @param value compared with ==
-- @return true and the index, or false
function M.contains(list, value)
  for i, v in ipairs(list) do
    if v == value then
      return true, i
    end
  end
  return false
end

--- The keys of a table, in the order of pairs.
function M.keys(t)
  local out = {}
  for k in pairs(t) do
    out[#out + 1] = k
  end
  return out
end

--- Copy a table and the tables in it; shared and circular ones stay so. Metatables are kept by reference.
function M.tcopy(t)
  local seen = {}
  local function copy(v)
    if type(v) ~= "table" then
      return v
    end
    if seen[v] then
      return seen[v]
    end
    local out = {}
    seen[v] = out
    for k, item in next, v do
      out[copy(k)] = copy(item)
    end
    return setmetatable(out, getmetatable(v))
  end
  return copy(t)
end

--- Swap keys and values; of equal values one key wins.
function M.invert(t)
  local out = {}
  for k, v in pairs(t) do
    out[v] = k
  end
  return out
end

--- Reorder a list in place so that every order is equally likely.
-- @return the list
function M.shuffle(t)
  for i = #t, 2, -1 do
    local j = math.random(i)
    t[i], t[j] = t[j], t[i]
  end
  return t
end

return M
