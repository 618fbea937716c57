-- SPDX-License-Identifier: Apache-2.0
---@meta bit

-- Bitwise functions for scripts older than the operators; 64-bit integers.

local bit = {}

---@param a integer
---@return integer
function bit.bnot(a) end

---@param a integer
---@param ... integer
---@return integer
function bit.band(a, ...) end

---@param a integer
---@param ... integer
---@return integer
function bit.bor(a, ...) end

---@param a integer
---@param ... integer
---@return integer
function bit.bxor(a, ...) end

---@param a integer
---@param n integer
---@return integer
function bit.lshift(a, n) end

---Logical: zeros come in.
---@param a integer
---@param n integer
---@return integer
function bit.rshift(a, n) end

---Arithmetic: the sign stays.
---@param a integer
---@param n integer
---@return integer
function bit.arshift(a, n) end

---@param a integer
---@param b integer
---@return integer
function bit.mod(a, b) end

return bit
