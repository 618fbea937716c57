--- Random strings.
--
-- @license Apache-2.0

local nmap = require "nmap"

local M = {}

--- Random text.
-- @param length how many characters
-- @param charset a string or list of what to choose from; octets of any value if nil
function M.random_string(length, charset)
  local octets = nmap.get_random_bytes(length)
  if not charset then
    return octets
  end
  if type(charset) == "table" then
    charset = table.concat(charset)
  end
  local n = #charset
  assert(n > 0 and n < 256, "Can't use more than 255 characters or none for random_string.")
  -- Octets that would favour the first characters are drawn again.
  local limit, out = 256 - 256 % n, {}
  while #out < length do
    for i = 1, #octets do
      local b = octets:byte(i)
      if b < limit and #out < length then
        out[#out + 1] = charset:sub(b % n + 1, b % n + 1)
      end
    end
    octets = nmap.get_random_bytes(length)
  end
  return table.concat(out)
end

--- Random lower-case letters.
function M.random_alpha(length)
  return M.random_string(length, "abcdefghijklmnopqrstuvwxyz")
end

return M
