-- SPDX-License-Identifier: Apache-2.0
---@meta lpeg

-- The system's LPeg, unchanged: its own manual describes it (package lua-lpeg).

local lpeg = {}

return lpeg
