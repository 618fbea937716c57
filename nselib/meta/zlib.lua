-- SPDX-License-Identifier: Apache-2.0
---@meta zlib

-- zlib with the interface of lzlib. Checksums and codes are floats.
-- A sink is a function of one string, or an object with write. A source is a string, a function of a size hint that
-- returns a string or nil, or an object with read and, where nothing may be read beyond the stream, peek.

local zlib = {}

---@class zlib.stream
local stream = {}

---Deflate only.
---@param ... string
---@return boolean ok
---@return string? err
function stream:write(...) end

---Deflate only.
---@param mode "sync"|"full"|"finish"?
---@return boolean ok
---@return string? err
function stream:flush(mode) end

---Inflate only; as a file's read. Raises for corrupt data; data that ends too early is not an error.
---@param ... integer|"*l"|"*a"
---@return string?
function stream:read(...) end

---Inflate only. CR, LF and CR LF end a line.
---@return fun(): string?
function stream:lines() end

---Writes the tail of a deflate stream.
---@return boolean ok
---@return string? err
function stream:close() end

---@return number checksum
function stream:adler() end

---@return string
function zlib.version() end

---@param sum number?
---@param s string?
---@return number
function zlib.adler32(sum, s) end

---@param sum number?
---@param s string?
---@return number
function zlib.crc32(sum, s) end

---@param s string
---@param level integer?
---@param method integer?
---@param windowBits integer? 15 zlib, 31 gzip, negative raw
---@param memLevel integer?
---@param strategy integer?
---@return string? data
---@return number code
function zlib.compress(s, level, method, windowBits, memLevel, strategy) end

---Raises for corrupt and for cut data.
---@param s string
---@param windowBits integer?
---@param limit integer? output is cut there; 10 MiB
---@return string
function zlib.decompress(s, windowBits, limit) end

---@param sink function|table|userdata
---@param level integer?
---@param method integer?
---@param windowBits integer? 15 zlib, 31 gzip, negative raw
---@param memLevel integer?
---@param strategy integer?
---@param dictionary string?
---@return zlib.stream
function zlib.deflate(sink, level, method, windowBits, memLevel, strategy, dictionary) end

---@param source string|function|table|userdata
---@param windowBits integer? 1 to 15 recognise zlib and gzip
---@param dictionary string?
---@return zlib.stream
function zlib.inflate(source, windowBits, dictionary) end

return zlib
