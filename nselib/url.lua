--- Split, build and escape URLs (RFC 3986).
--
-- @license Apache-2.0

local M = {}

--- Replace every character that is not unreserved by %XX.
function M.escape(text)
  return (text:gsub("[^%w%-_.~]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- Undo %XX.
function M.unescape(text)
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- Parts of a URL.
-- @param default table whose fields are used where the URL has none
-- @return table: scheme, authority, userinfo, user, password, host, port (number), path, params, query, fragment,
--   ascii_host; or nil and a message
function M.parse(text, default)
  if not text or text == "" then
    return nil, "invalid url"
  end
  local parts = {}
  for k, v in pairs(default or {}) do
    parts[k] = v
  end
  local rest = text
  rest = rest:gsub("#(.*)$", function(f)
    parts.fragment = f
    return ""
  end)
  rest = rest:gsub("^(%a[%w+.%-]*):", function(s)
    parts.scheme = s:lower()
    return ""
  end)
  rest = rest:gsub("^//([^/?]*)", function(a)
    parts.authority = a
    return ""
  end)
  rest = rest:gsub("%?(.*)$", function(q)
    parts.query = q
    return ""
  end)
  rest = rest:gsub(";(.*)$", function(p)
    parts.params = p
    return ""
  end)
  if rest ~= "" then
    parts.path = rest
  end
  local authority = parts.authority
  if not authority then
    return parts
  end
  authority = authority:gsub("^([^@]*)@", function(u)
    parts.userinfo = u
    return ""
  end)
  authority = authority:gsub(":(%d*)$", function(p)
    parts.port = tonumber(p)
    return ""
  end)
  if authority ~= "" then
    parts.host = authority:match "^%[(.*)%]$" or authority
    parts.ascii_host = parts.host:lower()
  end
  if parts.userinfo then
    parts.user, parts.password = parts.userinfo:match "^([^:]*):?(.*)$"
    if not parts.userinfo:find(":", 1, true) then
      parts.password = nil
    end
  end
  return parts
end

--- URL of its parts.
function M.build(parts)
  local out = {}
  if parts.scheme then
    out[#out + 1] = parts.scheme .. ":"
  end
  local host = parts.host
  if host then
    if host:find(":", 1, true) then
      host = "[" .. host .. "]"
    end
    local user = parts.userinfo or parts.user
    if parts.user and parts.password then
      user = parts.user .. ":" .. parts.password
    end
    out[#out + 1] = "//" .. (user and user .. "@" or "") .. host .. (parts.port and ":" .. tostring(parts.port) or "")
  elseif parts.authority then
    out[#out + 1] = "//" .. parts.authority
  end
  out[#out + 1] = parts.path or ""
  if parts.params then
    out[#out + 1] = ";" .. parts.params
  end
  if parts.query then
    out[#out + 1] = "?" .. parts.query
  end
  if parts.fragment then
    out[#out + 1] = "#" .. parts.fragment
  end
  return table.concat(out)
end

--- Resolve "." and ".." (RFC 3986 section 5.2.4); never climbs above the root.
local function remove_dots(path)
  local out = {}
  local rooted = path:sub(1, 1) == "/"
  for segment in path:gmatch "[^/]+" do
    if segment == ".." then
      out[#out] = nil
    elseif segment ~= "." then
      out[#out + 1] = segment
    end
  end
  local tail = path:match "/%.?%.?$" and #out > 0 and "/" or ""
  return (rooted and "/" or "") .. table.concat(out, "/") .. tail
end

--- Absolute URL of a reference found at a base URL (RFC 3986 section 5.2).
function M.absolute(base, reference)
  local b = type(base) == "table" and base or M.parse(base)
  local r = type(reference) == "table" and reference or M.parse(reference)
  if not b then
    return type(reference) == "table" and M.build(reference) or reference
  elseif not r or r.scheme then
    return r and M.build(r) or M.build(b)
  end
  local out = { scheme = b.scheme, fragment = r.fragment, query = r.query, params = r.params }
  if r.authority then
    out.authority, out.host, out.port, out.userinfo, out.path = r.authority, r.host, r.port, r.userinfo, r.path
    return M.build(out)
  end
  out.authority, out.host, out.port, out.userinfo = b.authority, b.host, b.port, b.userinfo
  if not r.path then
    out.path, out.query = b.path, r.query or b.query
  elseif r.path:sub(1, 1) == "/" then
    out.path = remove_dots(r.path)
  else
    out.path = remove_dots((b.path or "/"):gsub("[^/]*$", "") .. r.path)
  end
  return M.build(out)
end

--- Decoded segments of a path.
function M.parse_path(path)
  local out = {}
  for segment in (path or ""):gmatch "[^/]+" do
    out[#out + 1] = M.unescape(segment)
  end
  out.is_absolute = path and path:sub(1, 1) == "/" and 1 or nil
  out.is_directory = path and path:sub(-1) == "/" and 1 or nil
  return out
end

--- Fields of a query string; the last of equal names wins.
function M.parse_query(query)
  local out = {}
  for pair in (query or ""):gmatch "[^&]+" do
    local key, value = pair:match "^([^=]*)=?(.*)$"
    out[M.unescape((key:gsub("+", " ")))] = M.unescape((value:gsub("+", " ")))
  end
  return out
end

--- Query string of fields, in the order of their names.
function M.build_query(fields)
  local names, out = {}, {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    out[#out + 1] = M.escape(name) .. "=" .. M.escape(tostring(fields[name]))
  end
  return table.concat(out, "&")
end

--- The port a scheme means: 80, 443 or nil.
function M.get_default_port(scheme)
  return ({ http = 80, https = 443, ftp = 21 })[scheme]
end

--- The scheme that is usual at a port table.
function M.get_default_scheme(port)
  local number = type(port) == "table" and port.number or port
  return ({ [80] = "http", [443] = "https", [21] = "ftp" })[number]
end

return M
