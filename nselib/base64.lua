--- Base64 (RFC 4648 section 4).
--
-- @license Apache-2.0

local M = {}

local ALPHABET <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local ENCODE, DECODE = {}, {}
for i = 0, 63 do
  local c = ALPHABET:sub(i + 1, i + 1)
  ENCODE[i], DECODE[c:byte()] = c, i
end

--- Base64 text of a string, without line breaks.
function M.enc(data)
  local out = {}
  for i = 1, #data, 3 do
    local a, b, c = data:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    out[#out + 1] = ENCODE[n >> 18] .. ENCODE[n >> 12 & 63] .. (b and ENCODE[n >> 6 & 63] or "=")
      .. (c and ENCODE[n & 63] or "=")
  end
  return table.concat(out)
end

--- The octets that base64 text stands for. White space and everything behind the padding are skipped; a character
-- outside the alphabet ends the data.
function M.dec(text)
  local out, n, bits = {}, 0, 0
  for i = 1, #text do
    local c = text:byte(i)
    local value = DECODE[c]
    if value then
      n, bits = (n << 6 | value) & 0xffffff, bits + 6
      if bits >= 8 then
        bits = bits - 8
        out[#out + 1] = string.char(n >> bits & 0xff)
      end
    elseif not (c == 32 or (c >= 9 and c <= 13)) then
      break
    end
  end
  return table.concat(out)
end

return M
