description = [[
Shows the certificate of a TLS server: names, issuer, validity, key, fingerprints. Mail and file servers are asked by
STARTTLS.
]]

---
-- @usage earshot scan --script tls-cert -p 443,25 <target>
-- @output
-- 443/tcp open  https
-- | tls-cert:
-- |   subject: commonName=nas.example.net
-- |   names: nas.example.net, nas
-- |   issuer: commonName=Example CA
-- |   valid: 2026-01-01T00:00:00 to 2027-01-01T00:00:00
-- |   key: rsa 2048
-- |   signature: sha256WithRSAEncryption
-- |_  sha256: 5f2c...
-- @xmloutput the same fields as elements

author = "The earshot developers"
license = "Apache-2.0"
categories = { "default", "discovery", "safe" }

local shortport = require "shortport"
local sslcert = require "sslcert"
local stdnse = require "stdnse"

portrule = function(host, port)
  return shortport.ssl(host, port) or (port.state == "open" and sslcert.isPortSupported(port))
end

--- "commonName=x/organizationName=y", the common name first, the rest by name.
local function name_text(name)
  local parts = {}
  for key, value in pairs(name) do
    if type(key) == "table" then
      key = table.concat(key, ".")
    end
    if key ~= "commonName" then
      parts[#parts + 1] = ("%s=%s"):format(key, value)
    end
  end
  table.sort(parts)
  if name.commonName then
    table.insert(parts, 1, "commonName=" .. name.commonName)
  end
  return table.concat(parts, "/")
end

local function time_text(t)
  if type(t) ~= "table" then
    return tostring(t)
  end
  return ("%04d-%02d-%02dT%02d:%02d:%02d"):format(t.year, t.month, t.day, t.hour, t.min, t.sec)
end

local function alternative_names(cert)
  for _, extension in ipairs(cert.extensions or {}) do
    if extension.name == "X509v3 Subject Alternative Name" and extension.value then
      local names = extension.value:gsub("DNS:", ""):gsub("IP Address:", "")
      return names
    end
  end
end

action = function(host, port)
  local ok, cert = sslcert.getCertificate(host, port)
  if not ok then
    stdnse.debug1("no certificate: %s", tostring(cert))
    return nil
  end
  local output = stdnse.output_table()
  output.subject = name_text(cert.subject)
  output.names = alternative_names(cert)
  output.issuer = name_text(cert.issuer)
  local validity = cert.validity or {}
  output.valid = ("%s to %s"):format(time_text(validity.notBefore), time_text(validity.notAfter))
  output.key = ("%s %d"):format(cert.pubkey.type, cert.pubkey.bits)
  output.signature = cert.sig_algorithm
  output.self_signed = output.subject == output.issuer and "yes" or nil
  output.sha1 = stdnse.tohex(cert:digest "sha1")
  output.sha256 = stdnse.tohex(cert:digest "sha256")
  return output
end
