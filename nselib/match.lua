--- Ready-made delimiters for socket:receive_buf.
--
-- @license Apache-2.0

local M = {}

--- Deliver pieces of a fixed length (use with keep = true).
-- @param n octets
function M.numbytes(n)
  return function(buffer)
    if #buffer >= n then
      return n, n
    end
  end
end

--- Deliver up to a pattern, or the first n octets when the pattern has not come by then.
-- @param pattern Lua pattern
-- @param n most octets to wait for
function M.pattern_limit(pattern, n)
  return function(buffer)
    local first, last = buffer:find(pattern)
    if first then
      return first, last
    elseif #buffer >= n then
      return n, n
    end
  end
end

return M
