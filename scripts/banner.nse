description = [[
Shows what a TCP service says by itself when somebody connects.
]]

---
-- @usage earshot scan --script banner -p 21-25 <target>
-- @args banner.timeout  how long to wait for the first octets (5s)
-- @args banner.ports    ask only these, as a list of numbers
-- @output
-- 22/tcp open  ssh
-- |_banner: SSH-2.0-OpenSSH_9.2p1 Debian-2
-- @xmloutput the text is the output; there is no structure

author = "The earshot developers"
license = "Apache-2.0"
categories = { "discovery", "safe" }

local comm = require "comm"
local stdnse = require "stdnse"

local WIDEST <const> = 1024

local wanted = stdnse.get_script_args(SCRIPT_NAME .. ".ports")
if type(wanted) == "string" then
  wanted = { wanted }
end

portrule = function(_, port)
  if port.protocol ~= "tcp" or port.state ~= "open" then
    return false
  end
  return not wanted or stdnse.contains(wanted, tostring(port.number))
end

--- What a person can read: line ends and controls as escapes, cut at WIDEST.
local function readable(data)
  local text = data:sub(1, WIDEST):gsub("%s+$", "")
  return (text:gsub("[%c\127-\255]", function(c)
    return ("\\x%02X"):format(c:byte())
  end))
end

action = function(host, port)
  local seconds = stdnse.parse_timespec(stdnse.get_script_args(SCRIPT_NAME .. ".timeout") or "5s") or 5
  local proto = port.version and port.version.service_tunnel == "ssl" and "ssl" or "tcp"
  local heard = port.heard and port.heard.banner
  if heard then
    return readable(heard)
  end
  local ok, data = comm.get_banner(host, port, { timeout = math.floor(seconds * 1000), proto = proto })
  if ok and data:find "%S" then
    return readable(data)
  end
end
