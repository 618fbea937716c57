description = [[
Shows the title of the page at the root of a web server, following redirects that stay on the same host.
]]

---
-- @usage earshot scan --script http-title <target>
-- @args http-title.url  path to fetch ("/")
-- @output
-- 80/tcp open  http
-- |_http-title: Welcome to the printer
-- @xmloutput
-- <elem key="title">Welcome to the printer</elem>
-- <elem key="redirect_url">http://192.0.2.7/index.html</elem>

author = "The earshot developers"
license = "Apache-2.0"
categories = { "default", "discovery", "safe" }

local http = require "http"
local shortport = require "shortport"
local stdnse = require "stdnse"

local LONGEST <const> = 65
local LOOK_AT <const> = 128 * 1024

portrule = shortport.http

local ENTITIES <const> = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = " ", copy = "\u{a9}" }

local function decode(text)
  return (text:gsub("&(#?)(%w+);", function(hash, name)
    if hash == "" then
      return ENTITIES[name]
    end
    local code = tonumber(name:match "^[xX](%x+)$" or "", 16) or tonumber(name)
    return code and code < 0x110000 and utf8.char(code) or nil
  end))
end

--- The text between <title ...> and </title>. Plain searches only: a hostile page cannot make them slow.
local function title_of(body)
  body = body:sub(1, LOOK_AT)
  local lower = body:lower()
  local open = lower:find("<title", 1, true)
  local first = open and lower:find(">", open, true)
  local last = first and lower:find("</title", first, true)
  if not last then
    return nil
  end
  local text = decode(body:sub(first + 1, last - 1)):gsub("%s+", " ")
  return text:match "^ ?(.-) ?$"
end

action = function(host, port)
  local path = stdnse.get_script_args(SCRIPT_NAME .. ".url") or "/"
  local response = http.get(host, port, path)
  if not response.status or not response.body or response.body == "" then
    return nil
  end
  local output = stdnse.output_table()
  local title = title_of(response.body)
  output.title = title
  output.redirect_url = response.location and response.location[#response.location]
  local leads_to = response.header.location
  local text
  if title and title ~= "" then
    text = #title > LONGEST and title:sub(1, LONGEST - 3) .. "..." or title
    if response.status >= 400 then
      text = ("%s (status %d)"):format(text, response.status)
    end
  elseif leads_to then
    text = "Did not follow redirect to " .. leads_to
    output.redirect_url = leads_to
  else
    text = "Site doesn't have a title" .. (response.header["content-type"] and
      (" (%s)."):format(response.header["content-type"]) or ".")
  end
  if output.redirect_url and not leads_to then
    text = text .. "\nRequested resource was " .. output.redirect_url
  end
  return output, text
end
