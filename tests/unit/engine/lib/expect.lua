-- SPDX-License-Identifier: Apache-2.0
-- Checks that every module's test uses: dofile("tests/unit/engine/lib/expect.lua").
local M = {}

function M.eq(got, want)
  if got ~= want then
    error(("got %s (%s), want %s"):format(tostring(got), math.type(got) or type(got), tostring(want)), 2)
  end
end

function M.raises(pattern, f, ...)
  local ok, err = pcall(f, ...)
  if ok then
    error("did not raise", 2)
  end
  if not tostring(err):find(pattern) then
    error("raised: " .. tostring(err), 2)
  end
end

function M.hex(s)
  return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

return M
