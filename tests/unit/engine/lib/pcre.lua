-- SPDX-License-Identifier: Apache-2.0
-- The pcre module: results, start rules, flags, and patterns that would never end.
local pcre = require "pcre"
local expect = dofile("tests/unit/engine/lib/expect.lua")
local eq, raises = expect.eq, expect.raises

return {
  { "match gives positions and captures, false for unset groups", function()
    local first, last, captures = pcre.new("(b+)(x)?(c)"):match("aabbcd")
    eq(first, 3)
    eq(last, 5)
    eq(captures[1], "bb")
    eq(captures[2], false)
    eq(captures[3], "c")
    eq(select("#", pcre.new("z"):match("abc")), 0)
  end },

  { "named groups are there by name too", function()
    local _, _, captures = pcre.new("(?<key>\\w+)=(?<value>\\w+)"):match("port=22")
    eq(captures.key, "port")
    eq(captures.value, "22")
    eq(captures[2], "22")
  end },

  { "exec gives offsets", function()
    local first, last, offsets = pcre.new("(b+)(x)?(c)"):exec("aabbcd")
    eq(first .. "," .. last, "3,5")
    eq(offsets[1] .. "," .. offsets[2], "3,4")
    eq(offsets[3], false)
    eq(offsets[4], false)
    eq(offsets[5] .. "," .. offsets[6], "5,5")
  end },

  { "start is one-based, zero is one, negative counts from the end", function()
    local r = pcre.new("a")
    eq((r:match("aXa", 2)), 3)
    eq((r:match("aXa", 0)), 1)
    eq((r:match("aXa", -1)), 3)
    eq((r:match("aXa", -99)), 1)
    eq(r:match("aXa", 5), nil)
    eq((pcre.new("$"):match("aXa", 4)), 4)
  end },

  { "gmatch counts, stops on true, honours its limit and empty matches", function()
    local seen = {}
    local r = pcre.new("(\\d)\\w?")
    eq(r:gmatch("1a2b3", function(m, c) seen[#seen + 1] = m .. c[1] end), 3)
    eq(table.concat(seen, " "), "1a1 2b2 33")
    eq(r:gmatch("1a2b3", function() return true end), 1)
    eq(r:gmatch("1a2b3", function() end, 2), 2)
    eq(pcre.new("x*"):gmatch("axa", function() end), 4)
    raises("function expected", r.gmatch, r, "x")
  end },

  { "a callback may use the same expression", function()
    local r = pcre.new("(.)")
    local seen = ""
    r:gmatch("abc", function(m)
      r:match("zzz")
      seen = seen .. m
    end)
    eq(seen, "abc")
  end },

  { "flags keep their old numbers", function()
    local flags = pcre.flags()
    eq(flags.CASELESS, 1)
    eq(flags.NOTEMPTY, 1024)
    eq(flags.BSR_UNICODE, 0x1000000)
    eq((pcre.new("ABC", flags.CASELESS):match("xabc")), 2)
    eq(pcre.new("a.c"):match("a\nc"), nil)
    eq((pcre.new("a.c", flags.DOTALL):match("a\nc")), 1)
    eq(pcre.new("^a"):match("a", 1, flags.NOTBOL), nil)
    eq((pcre.new("^b", flags.MULTILINE + flags.NEWLINE_CR):match("a\rb")), 3)
    eq(pcre.new("^b", flags.MULTILINE):match("a\rb"), nil)
    raises("pattern offset", pcre.new, "a", 0x600000)
  end },

  { "locale is optional, an unknown one raises", function()
    eq((pcre.new("\\w", 0, "C"):match("-a")), 2)
    raises("cannot set locale", pcre.new, "a", 0, "xx_YY.nope")
  end },

  { "octets, not characters; a subject may hold NUL", function()
    eq(select(2, pcre.new("^.."):match("\xc3\xa9x")), 2)
    eq((pcre.new("b"):match("a\0b")), 3)
    local flags = pcre.flags()
    eq(select(2, pcre.new("^..", flags.UTF8):match("\xc3\xa9x")), 3)
    eq(pcre.new(".", flags.UTF8 + flags.NO_UTF8_CHECK):match("\xff"), nil)
  end },

  { "a bad pattern raises with its place", function()
    raises("%(pattern offset: 5%)", pcre.new, "a(b|")
  end },

  { "a runaway pattern is no match", function()
    local r = pcre.new("^(a+)+$")
    eq(r:match(("a"):rep(5000) .. "!"), nil)
  end },

  { "a wrong object is refused, the name is known", function()
    local r = pcre.new("a")
    raises("pcre_regex_handle expected, got string", r.match, "a", "b")
    assert(tostring(r):find("^pcre_regex_handle: "))
    assert(pcre.version():find("^%d+%.%d+ %d"))
  end },
}
