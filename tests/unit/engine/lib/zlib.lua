-- SPDX-License-Identifier: Apache-2.0
-- The zlib module: checksums, one-shot work, and streams between every kind of sink and source.
local zlib = require "zlib"
local expect = dofile("tests/unit/engine/lib/expect.lua")
local eq, raises = expect.eq, expect.raises

local GZIP <const> = 31
local text = ("the quick brown fox\n"):rep(5000)

local function deflated(data, ...)
  local out = {}
  local s = zlib.deflate(function(piece) out[#out + 1] = piece end, ...)
  eq(s:write(data), true)
  eq(s:close(), true)
  return table.concat(out), out
end

-- A source that gives its string in pieces of n octets.
local function pieces(data, n)
  return function()
    local piece = data:sub(1, n)
    data = data:sub(n + 1)
    return piece ~= "" and piece or nil
  end
end

return {
  { "checksums are floats", function()
    eq(zlib.crc32(), 0.0)
    eq(zlib.adler32(), 1.0)
    eq(zlib.crc32(zlib.crc32(), "123456789"), 3421780262.0)
    eq(math.type(zlib.crc32(0, "x")), "float")
    eq(zlib.adler32(1, "Wikipedia"), 300286872.0)
    eq(zlib.crc32(zlib.crc32(0, "1234"), "56789"), 3421780262.0)
    assert(zlib.version():find("^1%."))
  end },

  { "constants", function()
    eq(zlib.BEST_COMPRESSION, 9)
    eq(zlib.DEFAULT_COMPRESSION, -1)
    eq(zlib.MAXIMUM_WINDOWBITS, 15)
    eq(zlib.RAW_WINDOWBITS, -1)
    eq(type(zlib._VERSION), "string")
  end },

  { "compress and decompress in one shot", function()
    local packed, status = zlib.compress(text)
    eq(status, 1.0)
    eq(math.type(status), "float")
    assert(#packed < #text / 10)
    eq(zlib.decompress(packed), text)
    eq(zlib.decompress((zlib.compress(""))), "")
    local none, code = zlib.compress("x", 42)
    eq(none, nil)
    eq(code, -2.0)
    raises("failed to initialize zstream structures", function()
      zlib.decompress(zlib.compress("x"))
    end)
  end },

  { "decompress knows the formats by windowBits", function()
    local gzip = deflated(text, nil, nil, GZIP)
    eq(zlib.decompress(gzip, 31), text)
    eq(zlib.decompress(gzip, 47), text)
    eq(zlib.decompress((zlib.compress(text)), 47), text)
    eq(zlib.decompress(deflated(text, nil, nil, -15), -15), text)
    raises("failed to process zlib stream", zlib.decompress, gzip)
    raises("failed to initialize zstream structures", zlib.decompress, gzip, 99)
  end },

  { "decompress of corrupt, cut and empty data raises at once", function()
    local packed = zlib.compress(text)
    raises("failed to process zlib stream", zlib.decompress, "junk")
    raises("failed to process zlib stream", zlib.decompress, "")
    raises("failed to process zlib stream", zlib.decompress, packed:sub(1, -5))
  end },

  { "decompress stops at its limit, 10 MiB unless told", function()
    eq(#zlib.decompress(zlib.compress(text), 15, 100), 100)
    local bomb = zlib.compress(("\0"):rep(11 << 20))
    eq(#zlib.decompress(bomb), 10 << 20)
    eq(#zlib.decompress(bomb, 15, 11 << 20), 11 << 20)
  end },

  { "inflate reads from a string, a function and objects", function()
    local gzip = deflated(text, nil, nil, GZIP)
    eq(zlib.inflate(gzip):read("*a"), text)
    eq(zlib.inflate((zlib.compress(text))):read("*a"), text)
    for _, n in ipairs { 1, 7, 8192 } do
      eq(zlib.inflate(pieces(gzip, n)):read("*a"), text)
    end
    local source = { read = function(self) return self.next() end, next = pieces(gzip, 100) }
    eq(zlib.inflate(source):read("*a"), text)
  end },

  { "a source with peek is read exactly to the end of the stream", function()
    local data = deflated(text, nil, nil, GZIP) .. "what follows"
    local source = {
      peek = function(_, n) return data:sub(1, math.min(n, 50)) end,
      read = function(_, n) data = data:sub(n + 1) end,
    }
    eq(zlib.inflate(source):read("*a"), text)
    eq(data, "what follows")
  end },

  { "data much larger than the window comes out whole", function()
    local zeros = ("\0"):rep(300000)
    eq(zlib.inflate((zlib.compress(zeros))):read("*a"), zeros)
    eq(zlib.inflate(pieces(zlib.compress(zeros), 10)):read("*a"), zeros)
  end },

  { "read formats", function()
    local s = zlib.inflate((zlib.compress("one\ntwo\r\nthree\rfour")))
    eq(s:read(), "one")
    eq(s:read("*l"), "two")
    eq(s:read(0), "")
    local a, b, c = s:read(3, "*l", "*a")
    eq(a, "thr")
    eq(b, "ee")
    eq(c, "four")
    eq(s:read("*a"), "")
    eq(s:read(0), nil)
    eq(s:read(), nil)
    eq(select("#", s:read(1, 1)), 1)
    raises("invalid format", s.read, s, "*x")
    raises("invalid format", s.read, s, "a")
    raises("invalid option", s.read, s, "all")
  end },

  { "lines", function()
    local got = {}
    for line in zlib.inflate((zlib.compress("a\nb\r\nc\rd\n\nf"))):lines() do
      got[#got + 1] = line
    end
    eq(table.concat(got, "|"), "a|b|c|d||f")
  end },

  { "cut data gives its part, corrupt data raises and closes", function()
    local gzip = deflated(text, nil, nil, GZIP)
    local part = zlib.inflate(gzip:sub(1, #gzip // 2)):read("*a")
    eq(text:sub(1, #part), part)
    eq(zlib.inflate(""):read("*a"), "")
    local s = zlib.inflate("this is no stream")
    raises("failed to decompress %[%-3%]", s.read, s)
    raises("attempt to use invalid zlib stream", s.read, s)
  end },

  { "deflate to a function and to an object, flushed and closed", function()
    local out = {}
    local sink = { write = function(self, piece) self[#self + 1] = piece end }
    local s = zlib.deflate(sink)
    eq(s:write("one ", "two"), true)
    eq(#table.concat(sink) <= 2, true)
    eq(s:flush(), true)
    eq(zlib.inflate(table.concat(sink)):read("*a"), "one two")
    eq(s:flush("full"), true)
    eq(s:flush("finish"), true)
    eq(s:close(), true)
    eq(s:close(), true)
    eq(zlib.decompress(table.concat(sink)), "one two")
    raises("attempt to use invalid zlib stream", s.write, s, "x")
    s = zlib.deflate(function(piece) out[#out + 1] = piece end, 0)
    s:write(text)
    s:close()
    for _, piece in ipairs(out) do
      assert(#piece <= 8192)
    end
    raises("invalid option", s.flush, zlib.deflate(print), "never")
  end },

  { "dictionaries", function()
    local packed = deflated("hello hello", nil, nil, nil, nil, nil, "hello")
    eq(zlib.inflate(packed, nil, "hello"):read("*a"), "hello hello")
    local s = zlib.inflate(packed)
    raises("no inflate dictionary provided", s.read, s)
    s = zlib.inflate(packed, nil, "wrong")
    raises("call to inflateSetDictionnary failed", s.read, s)
  end },

  { "a sink cannot use or close its own stream", function()
    local s
    s = zlib.deflate(function() s:close() end)
    raises("attempt to use invalid zlib stream", s.write, s, text)
    s = zlib.inflate(function() s:close() end)
    raises("attempt to use invalid zlib stream", s.read, s)
    eq(s:close(), true)
  end },

  { "errors of sinks and sources pass through", function()
    local s = zlib.inflate(function() error("mine", 0) end)
    raises("^mine$", s.read, s)
    s = zlib.inflate(function() return 42 end)
    raises("deflate callback must return string or nil", s.read, s)
    s = zlib.deflate(function() error("mine", 0) end)
    raises("^mine$", function()
      s:write("x")
      s:close()
    end)
  end },

  { "a sink must not wait", function()
    local co = coroutine.create(function()
      local s = zlib.deflate(function() coroutine.yield() end)
      s:write("x")
      s:flush()
    end)
    local ok, err = coroutine.resume(co)
    eq(ok, false)
    assert(err:find("attempt to yield across a C%-call boundary"), err)
  end },

  { "argument errors", function()
    raises("input parameter must be a string, function, table or userdata value", zlib.inflate)
    raises("input parameter does not provide :read function", zlib.inflate, {})
    raises("output parameter must be a function, table or userdata value", zlib.deflate, "x")
    raises("output parameter does not provide :write function", zlib.deflate, {})
    raises("call to deflateInit2 failed", zlib.deflate, print, 42)
    raises("call to inflateInit2 failed", zlib.inflate, "x", 99)
    local s = zlib.inflate("x")
    raises("attempt to use invalid zlib stream", s.write, s, "x")
    s = zlib.deflate(print)
    raises("attempt to use invalid zlib stream", s.read, s)
  end },

  { "adler and tostring", function()
    local s = zlib.deflate(function() end)
    s:write("Wikipedia")
    s:flush()
    eq(s:adler(), 300286872.0)
    assert(tostring(s):find("^zlib deflate stream %("))
    s:close()
    eq(tostring(s), "zlib stream (closed)")
    assert(tostring(zlib.inflate("")):find("^zlib inflate stream %("))
  end },
}
