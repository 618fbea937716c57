-- SPDX-License-Identifier: Apache-2.0
-- The lpeg module: that it is LPeg, with all that libraries of the field use.
local lpeg = require "lpeg"
local eq = dofile("tests/unit/engine/lib/expect.lua").eq

return {
  { "functions and operators of scripts are there", function()
    for name in ("P S R V C Cc Cs Ct Cg Cb Cf Cmt Cp Carg locale match type"):gmatch("%S+") do
      eq(type(lpeg[name]), "function", name)
    end
    local digit = lpeg.R "09"
    local number = lpeg.C(digit ^ 1) / tonumber
    local sum = lpeg.Cf(number * (lpeg.P "+" * number) ^ 0, function(a, b) return a + b end)
    eq(sum:match("1+20+300"), 321)
    eq((-digit):match("5"), nil)
    eq((#digit):match("5"), 1)
    eq((lpeg.P(1) - digit):match("5"), nil)
  end },

  { "the pattern metatable is shared", function()
    eq(getmetatable(lpeg.P(0)), getmetatable(lpeg.S "x"))
  end },
}
