-- SPDX-License-Identifier: Apache-2.0
-- The bit module: 64-bit results as integers.
local bit = require "bit"
local expect = dofile("tests/unit/engine/lib/expect.lua")
local eq, raises = expect.eq, expect.raises

return {
  { "and, or, xor take any number of operands", function()
    eq(bit.band(7), 7)
    eq(bit.band(0xff, 0x3c, 0x18), 0x18)
    eq(bit.bor(1, 2, 4), 7)
    eq(bit.bxor(0xff, 0x0f), 0xf0)
    eq(bit.bnot(0), -1)
    eq(math.type(bit.band(3.0, 1)), "integer")
  end },

  { "shifts, logical and arithmetic, at and beyond the width", function()
    eq(bit.lshift(1, 8), 256)
    eq(bit.lshift(1, 64), 0)
    eq(bit.rshift(-1, 60), 15)
    eq(bit.rshift(-1, 64), 0)
    eq(bit.arshift(-256, 4), -16)
    eq(bit.arshift(-1, 100), -1)
    eq(bit.arshift(5, 0), 5)
  end },

  { "mod", function()
    eq(bit.mod(17, 5), 2)
    raises("zero", bit.mod, 1, 0)
    raises("bad argument #1", bit.band)
  end },
}
