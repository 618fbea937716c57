--- A small HTTP/1.1 client: requests, redirects, chunked and compressed bodies, cookies, basic authentication.
--
-- Every function answers with a response table, also on failure: status is nil then and "status-line" says why.
-- Bodies are cut at max_body_size (2 MiB unless an option or script argument says otherwise) and marked `truncated`.
-- Options: timeout (ms), header (table), content (string, or table for a form), cookies (string or list of
-- {name, value}), auth ({username, password}), redirect_ok (false, a number, or function(url)), max_body_size,
-- no_cache is accepted and has no effect: nothing is cached.
--
-- @args http.useragent      User-Agent to send; "" sends none
-- @args http.host           Host header to send
-- @args http.max-body-size  octets of a body to read
--
-- @license Apache-2.0

local base64 = require "base64"
local comm = require "comm"
local shortport = require "shortport"
local stdnse = require "stdnse"
local url = require "url"

local have_zlib, zlib = pcall(require, "zlib")

local M = {}

local MAX_BODY <const> = 2 * 1024 * 1024
local MAX_LINE <const> = 16 * 1024
local MAX_HEAD <const> = 64 * 1024
local MAX_REDIRECTS <const> = 5

M.USER_AGENT = stdnse.get_script_args "http.useragent" or "Mozilla/5.0 (compatible; earshot network sensor)"

-- ---- reading an answer ----------------------------------------------------------------------------------------

local Reader = {}
Reader.__index = Reader

local function new_reader(socket, already)
  return setmetatable({ socket = socket, data = already or "", eof = false }, Reader)
end

function Reader:more()
  if self.eof then
    return false
  end
  local ok, chunk = self.socket:receive()
  if not ok then
    self.eof, self.why = true, chunk
    return false
  end
  self.data = self.data .. chunk
  return true
end

--- One line without its end; nil at the end of the stream or when it is too long.
function Reader:line()
  local from = 1
  while true do
    local at = self.data:find("\n", from, true)
    if at then
      local line = self.data:sub(1, at - 1)
      self.data = self.data:sub(at + 1)
      return line:sub(-1) == "\r" and line:sub(1, -2) or line
    end
    from = #self.data + 1
    if #self.data > MAX_LINE or not self:more() then
      return nil
    end
  end
end

--- Move up to n octets to a list of pieces (joined once, at the end); returns how many there were.
function Reader:take(n, pieces)
  local left = n
  while left > 0 do
    if #self.data == 0 and not self:more() then
      break
    end
    local piece = self.data:sub(1, left)
    self.data = self.data:sub(#piece + 1)
    pieces[#pieces + 1] = piece
    left = left - #piece
  end
  return n - left
end

--- Header lines up to the empty one. Returns false when they do not end.
local function read_header(reader, response)
  local header, raw, size = {}, {}, 0
  response.header, response.rawheader = header, raw
  while true do
    local line = reader:line()
    size = size + (line and #line or 0)
    if not line or size > MAX_HEAD then
      return false
    elseif line == "" then
      return true
    end
    raw[#raw + 1] = line
    local colon = line:find(":", 1, true)
    if colon then
      local name = line:sub(1, colon - 1):gsub("%s+", ""):lower()
      local value = line:sub(colon + 1):match "^%s*(.-)%s*$"
      if name == "set-cookie" then
        response.cookies[#response.cookies + 1] = M.parse_cookie(value)
      end
      header[name] = header[name] and header[name] .. ", " .. value or value
    end
  end
end

local function read_chunks(reader, limit, pieces)
  local total = 0
  while true do
    local line = reader:line()
    local size = line and tonumber(line:match "^%s*(%x+)" or "", 16)
    if not size or size < 0 then
      return "incomplete"
    elseif size == 0 then
      repeat
        line = reader:line()
      until not line or line == ""
      return nil
    end
    local wanted = math.min(size, limit - total)
    local got = reader:take(wanted, pieces)
    total = total + got
    if got < wanted then
      return "incomplete"
    elseif wanted < size then
      return "truncated"
    end
    reader:line()
  end
end

--- Body by Transfer-Encoding, Content-Length or the end of the stream (RFC 9112 section 6.3).
local function read_body(reader, response, limit)
  local pieces, problem = {}, nil
  local length = tonumber((response.header["content-length"] or ""):match "^%s*(%d+)")
  if (response.header["transfer-encoding"] or ""):lower():find("chunked", 1, true) then
    problem = read_chunks(reader, limit, pieces)
  elseif length then
    local wanted = math.min(length, limit)
    if reader:take(wanted, pieces) < wanted then
      problem = "incomplete"
    elseif wanted < length then
      problem = "truncated"
    end
  else
    reader:take(limit, pieces)
    problem = not reader.eof and "truncated" or nil
    response.closed = true
  end
  response.body = table.concat(pieces)
  if problem then
    response[problem] = true
    response.closed = true
  end
end

--- Undo Content-Encoding gzip and deflate, up to the limit: a small body can stand for gigabytes.
local function decompress(response, limit)
  local encoding = (response.header["content-encoding"] or ""):lower()
  if not have_zlib or not (encoding:find("gzip", 1, true) or encoding:find("deflate", 1, true)) then
    return
  end
  local pieces, size = {}, 0
  local ok = pcall(function()
    local stream = zlib.inflate(response.body)
    while size < limit do
      local piece = stream:read(math.min(65536, limit - size))
      if not piece then
        break
      end
      pieces[#pieces + 1], size = piece, size + #piece
    end
    stream:close()
  end)
  if ok or size > 0 then
    response.rawbody = response.body
    response.body = table.concat(pieces)
    response.decoded = { encoding }
    response.truncated = response.truncated or size >= limit or nil
  end
end

local function read_response(reader, method, limit)
  local response = { cookies = {}, header = {}, rawheader = {}, body = "" }
  repeat
    local line = reader:line()
    if not line then
      response["status-line"] = ("Error: %s"):format(reader.why or "no HTTP answer")
      response.closed = true
      return response
    end
    response["status-line"] = line
    local version, status = line:match "^HTTP/(%d+%.?%d*)%s+(%d%d%d)"
    if not status then
      response["status-line"] = "Error: no HTTP answer"
      response.closed = true
      return response
    end
    response.version, response.status = version, tonumber(status)
    if not read_header(reader, response) then
      response.incomplete, response.closed = true, true
      return response
    end
  until response.status >= 200 or response.status == 101
  if method ~= "HEAD" and response.status ~= 204 and response.status ~= 304 and response.status ~= 101 then
    read_body(reader, response, limit)
    decompress(response, limit)
  end
  local connection = (response.header.connection or ""):lower()
  local kept = response.version ~= "1.0" or connection:find("keep-alive", 1, true)
  if connection:find("close", 1, true) or not kept then
    response.closed = true
  end
  return response
end

--- A Set-Cookie value as a table: name, value and its attributes in lower case.
function M.parse_cookie(text)
  local cookie = {}
  for piece in text:gmatch "[^;]+" do
    local name, value = piece:match "^%s*([^=]*)=?(.*)$"
    name = name:match "^(.-)%s*$"
    if not cookie.name then
      cookie.name, cookie.value = name, value
    else
      cookie[name:lower()] = value
    end
  end
  return cookie
end

-- ---- building a request ---------------------------------------------------------------------------------------

local function host_header(host, port)
  local name = stdnse.get_script_args "http.host" or stdnse.get_hostname(host)
  local number = type(port) == "table" and port.number or port
  if name:find(":", 1, true) then
    name = "[" .. name .. "]"
  end
  if number == 80 or number == 443 then
    return name
  end
  return ("%s:%d"):format(name, number)
end

local function cookie_header(cookies)
  if type(cookies) == "string" then
    return cookies
  end
  local out = {}
  for _, cookie in ipairs(cookies) do
    out[#out + 1] = ("%s=%s"):format(cookie.name, cookie.value)
  end
  return table.concat(out, "; ")
end

--- Add a header unless the caller's own has it, in any case.
local function build_request(host, port, method, path, options)
  local lines, given = {}, {}
  for name, value in pairs(options.header or {}) do
    given[name:lower()] = true
    if value ~= false then
      lines[#lines + 1] = ("%s: %s"):format(name, value)
    end
  end
  table.sort(lines)
  local function add(name, value)
    if value and not given[name:lower()] then
      table.insert(lines, ("%s: %s"):format(name, value))
    end
  end
  local content = options.content
  if type(content) == "table" then
    content = url.build_query(content)
    add("Content-Type", "application/x-www-form-urlencoded")
  end
  add("Host", host_header(host, port))
  add("User-Agent", M.USER_AGENT ~= "" and M.USER_AGENT or nil)
  add("Connection", options.keep_alive and "keep-alive" or "close")
  if have_zlib then
    add("Accept-Encoding", "gzip, deflate")
  end
  if options.cookies then
    add("Cookie", cookie_header(options.cookies))
  end
  if options.auth then
    add("Authorization", "Basic " .. base64.enc(("%s:%s"):format(options.auth.username, options.auth.password)))
  end
  if content then
    add("Content-Length", tostring(#content))
  end
  return ("%s %s HTTP/1.1\r\n%s\r\n\r\n%s"):format(method, path, table.concat(lines, "\r\n"), content or "")
end

-- ---- asking ---------------------------------------------------------------------------------------------------

local function body_limit(options)
  return options.max_body_size or tonumber((stdnse.get_script_args "http.max-body-size")) or MAX_BODY
end

local function failed(why)
  return { ["status-line"] = "Error: " .. tostring(why), header = {}, rawheader = {}, cookies = {}, body = "" }
end

--- One request on a connection of its own; redirects are not followed.
-- @return response table; field ssl tells whether TLS was used
function M.generic_request(host, port, method, path, options)
  options = options or {}
  local request = build_request(host, port, method, path, options)
  local known = type(port) == "table" and shortport.ssl(host, port)
  local proto = options.scheme == "https" and "ssl" or options.scheme == "http" and "tcp" or nil
  local socket, answer, used = comm.tryssl(host, port, request, { timeout = options.timeout, proto = proto })
  if not socket then
    return failed(answer)
  end
  local response = read_response(new_reader(socket, answer), method, body_limit(options))
  socket:close()
  if not proto and used == "tcp" and response.status == 400 and not known
    and response.body:sub(1, 4096):lower():find("https", 1, true) then
    -- A TLS port that explains in plain text that it wants TLS.
    return M.generic_request(host, port, method, path, setmetatable({ scheme = "https" }, { __index = options }))
  end
  response.ssl = used == "ssl"
  return response
end

--- Where a response leads, when it may be followed.
local function redirect_target(host, port, path, response, options, hops)
  local allowed = options.redirect_ok
  if allowed == nil then
    allowed = true
  end
  local most = type(allowed) == "number" and allowed or MAX_REDIRECTS
  local location = response.header.location
  if not allowed or hops >= most or not location or not (response.status >= 301 and response.status <= 308) then
    return nil
  end
  local number = type(port) == "table" and port.number or port
  local scheme = response.ssl and "https" or "http"
  local base = { scheme = scheme, host = stdnse.get_hostname(host), port = number, path = path }
  local target = url.parse(url.absolute(base, location))
  if not target or not target.host or (target.scheme ~= "http" and target.scheme ~= "https") then
    return nil
  end
  if type(allowed) == "function" then
    return allowed(target) and target or nil
  end
  -- Another host is another target: only its own names lead on.
  local own = { [host.ip or host] = true, [stdnse.get_hostname(host):lower()] = true }
  if type(host) == "table" and host.name and host.name ~= "" then
    own[host.name:lower()] = true
  end
  return own[target.host:lower()] and target or nil
end

local function follow(host, port, method, path, options)
  options = options or {}
  local visited = {}
  local response
  for hops = 0, MAX_REDIRECTS do
    response = M.generic_request(host, port, method, path, options)
    local target = response.status and redirect_target(host, port, path, response, options, hops)
    if not target then
      break
    end
    path = (target.path and target.path ~= "" and target.path or "/") .. (target.query and "?" .. target.query or "")
    port = { number = target.port or url.get_default_port(target.scheme), protocol = "tcp", state = "open" }
    options = setmetatable({ scheme = target.scheme }, { __index = options })
    visited[#visited + 1] = url.build(target)
  end
  if #visited > 0 then
    response.location = visited
  end
  return response
end

--- Fetch a path; redirects on the same host are followed (option redirect_ok).
-- @return response table; field location lists the URLs that were followed
function M.get(host, port, path, options)
  return follow(host, port, "GET", path, options)
end

--- As get, without the body.
function M.head(host, port, path, options)
  return follow(host, port, "HEAD", path, options)
end

--- Post text or form fields (a table). Redirects are not followed.
function M.post(host, port, path, options, _, content)
  local opts = setmetatable({ content = content }, { __index = options or {} })
  return M.generic_request(host, port, "POST", path, opts)
end

--- Put a body at a path.
function M.put(host, port, path, options, content)
  local opts = setmetatable({ content = content }, { __index = options or {} })
  return M.generic_request(host, port, "PUT", path, opts)
end

--- Fetch a whole URL.
function M.get_url(text, options)
  local target = url.parse(text)
  if not target or not target.host then
    return failed "invalid url"
  end
  local path = (target.path or "/") .. (target.query and "?" .. target.query or "")
  local port = { number = target.port or url.get_default_port(target.scheme) or 80, protocol = "tcp", state = "open" }
  return M.get(target.host, port, path, setmetatable({ scheme = target.scheme }, { __index = options or {} }))
end

--- Queue a request for pipeline_go.
-- @param queue what the last call returned, or nil
function M.pipeline_add(path, options, queue, method)
  queue = queue or {}
  queue[#queue + 1] = { method = method or "GET", path = path, options = options or {} }
  return queue
end

--- Ask a queue of requests over as few connections as the server allows.
-- @return list of responses in the order of the queue, or nil when none was answered
function M.pipeline_go(host, port, queue)
  local out, socket, reader = {}, nil, nil
  for i, item in ipairs(queue or {}) do
    local options = setmetatable({ keep_alive = true }, { __index = item.options })
    local request = build_request(host, port, item.method, item.path, options)
    local fresh = not socket
    if fresh then
      local answer
      socket, answer = comm.tryssl(host, port, request, { timeout = options.timeout })
      reader = socket and new_reader(socket, answer)
    elseif not socket:send(request) then
      socket = nil
    end
    if socket then
      out[i] = read_response(reader, item.method, body_limit(options))
      if out[i].closed then
        socket:close()
        socket = nil
      end
    else
      out[i] = M.generic_request(host, port, item.method, item.path, item.options)
    end
  end
  if socket then
    socket:close()
  end
  return #out > 0 and out or nil
end

-- ---- judging --------------------------------------------------------------------------------------------------

--- Text for a status: "200 OK".
function M.get_status_string(response)
  local line = response and response["status-line"]
  if not line then
    return "<unknown status>"
  end
  return line:match "^HTTP/%S+%s+(.*)$" or line
end

--- Does a response hold a pattern, in its status line, header or body?
function M.response_contains(response, pattern, case_sensitive)
  local function find(text)
    return text and (case_sensitive and text or text:lower()):find(case_sensitive and pattern or pattern:lower())
  end
  if find(response["status-line"]) or find(response.body) then
    return true
  end
  for _, line in ipairs(response.rawheader or {}) do
    if find(line) then
      return true
    end
  end
  return false
end

--- How the server says that a page does not exist.
-- @return true, status, body; or false and a message when it answers 200 to anything in changing ways
function M.identify_404(host, port)
  local path = ("/earshot-%d-%d"):format(stdnse.clock_us(), math.random(1 << 30))
  local first = M.get(host, port, path, { redirect_ok = false })
  if not first.status then
    return false, first["status-line"]
  elseif first.status == 404 then
    return true, 404
  end
  local second = M.get(host, port, path .. "x", { redirect_ok = false })
  if second.status ~= first.status then
    return false, "the answers for missing pages differ"
  end
  return true, first.status, first.body
end

return M
