description = [[
Shows the host keys of an SSH server: type, size and fingerprint of every kind of key it has.
]]

---
-- @usage earshot scan --script ssh-hostkey -p 22 <target>
-- @args ssh-hostkey.types  key types to ask for, as a list; all the server offers if left out
-- @args ssh-hostkey.full   set: show the whole public keys too
-- @output
-- 22/tcp open  ssh
-- | ssh-hostkey:
-- |_  256 SHA256:x0v1K2... (ED25519)
-- @xmloutput
-- <table><elem key="type">ssh-ed25519</elem><elem key="bits">256</elem><elem key="fingerprint">ab12...</elem></table>

author = "The earshot developers"
license = "Apache-2.0"
categories = { "default", "discovery", "safe" }

local shortport = require "shortport"
local ssh2 = require "ssh2"
local stdnse = require "stdnse"

portrule = shortport.port_or_service({ 22, 2222 }, "ssh", "tcp", "open")

-- RSA keys go by three names that differ in the signature only.
local SAME_KEY <const> = { ["rsa-sha2-512"] = "ssh-rsa", ["rsa-sha2-256"] = "ssh-rsa" }

--- One name for each kind of key that a server offers, in its order.
local function kinds(offered)
  local out, seen = {}, {}
  for name in offered:gmatch "[^,]+" do
    local kind = SAME_KEY[name] or name
    if not seen[kind] and not name:find("cert", 1, true) and #out < 8 then
      seen[kind] = true
      out[#out + 1] = name
    end
  end
  return out
end

local function short_type(kind)
  return kind:gsub("^ssh%-", ""):gsub("^ecdsa%-sha2%-.*", "ecdsa"):upper()
end

action = function(host, port)
  local wanted = stdnse.get_script_args(SCRIPT_NAME .. ".types")
  local full = stdnse.get_script_args(SCRIPT_NAME .. ".full")
  if type(wanted) == "string" then
    wanted = { wanted }
  end
  if not wanted then
    local lists = ssh2.algorithms(host, port)
    if not lists then
      return nil
    end
    wanted = kinds(lists.server_host_key_algorithms)
  end
  local output, lines = {}, {}
  for _, kind in ipairs(wanted) do
    local key, err = ssh2.host_key(host, port, kind)
    if key then
      local entry = stdnse.output_table()
      entry.type, entry.bits, entry.fingerprint, entry.sha256 = key.type, key.bits, key.md5, key.sha256
      entry.key = full and key.key or nil
      output[#output + 1] = entry
      lines[#lines + 1] = ("  %s %s (%s)"):format(key.bits or "?", key.sha256, short_type(key.type))
      if full then
        lines[#lines + 1] = ("  %s %s"):format(key.type, key.key)
      end
    else
      stdnse.debug1("%s: %s", kind, tostring(err))
    end
  end
  if #output == 0 then
    return nil
  end
  return output, "\n" .. table.concat(lines, "\n")
end
