--- Small tools for strings.
--
-- @license Apache-2.0

local M = {}

--- Split a string at a separator pattern. An empty piece stays a piece.
-- @param pattern Lua pattern of the separator; must not match the empty string
-- @param str what to split
-- @return list of pieces; the whole string when the separator is not in it
function M.strsplit(pattern, str)
  local out, from = {}, 1
  while true do
    local first, last = str:find(pattern, from)
    if not first then
      break
    end
    if last < first then
      error("strsplit: the separator matches the empty string", 2)
    end
    out[#out + 1] = str:sub(from, first - 1)
    from = last + 1
  end
  out[#out + 1] = str:sub(from)
  return out
end

--- Join with a separator.
function M.strjoin(separator, list)
  return table.concat(list, separator)
end

--- A pattern that matches one word in any case: "aB1" -> "[aA][bB]1". Magic characters stand for themselves.
function M.ipattern(word)
  return (word:gsub(".", function(c)
    if c:match "%a" then
      return ("[%s%s]"):format(c:lower(), c:upper())
    elseif c:match "%p" then
      return "%" .. c
    end
    return c
  end))
end

--- Make a string safe as a file name: everything but letters, digits, "_", "-" and "." becomes %XX.
-- A leading dot is escaped as well, so that no name can be hidden or climb out of a folder.
function M.filename_escape(s)
  local escaped = s:gsub("[^%w%-_.]", function(c)
    return ("%%%02x"):format(c:byte())
  end)
  return (escaped:gsub("^%.", "%%2e"))
end

return M
