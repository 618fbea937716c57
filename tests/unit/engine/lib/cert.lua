-- SPDX-License-Identifier: Apache-2.0
-- The certificate object, on certificates made with openssl(1): see certs/README.
local cert = require "cert"
local openssl = require "openssl"
local eq = dofile("tests/unit/engine/lib/expect.lua").eq

local ALPHABET <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function unbase64(text)
  local bits, nbits, out = 0, 0, {}
  for c in text:gmatch("[%w+/]") do
    bits = (bits << 6 | (ALPHABET:find(c, 1, true) - 1)) & 0xffffff
    nbits = nbits + 6
    if nbits >= 8 then
      nbits = nbits - 8
      out[#out + 1] = string.char(bits >> nbits & 0xff)
    end
  end
  return table.concat(out)
end

local function read(name)
  local file <close> = assert(io.open("tests/unit/engine/lib/certs/" .. name .. ".pem"))
  local pem = file:read("a")
  return unbase64(pem:match("%-%-\n(.-)\n%-%-")), pem
end

return {
  { "an rsa certificate shows every field", function()
    local der, pem = read("rsa")
    local c = cert.parse(der)
    eq(type(c), "userdata")
    assert(tostring(c):find("^SSL_CERT: "), tostring(c))
    eq(c.subject.countryName, "XX")
    eq(c.subject.stateOrProvinceName, "Somewhere")
    eq(c.subject.organizationName, "Example")
    eq(c.issuer.commonName, "test.example")
    eq(c.pubkey.type, "rsa")
    eq(c.pubkey.bits, 2048)
    eq(c.pubkey.exponent:todec(), "65537")
    eq(c.pubkey.modulus:num_bits(), 2048)
    eq(c.pubkey.ecdhparams, nil)
    eq(c.sig_algorithm, "sha256WithRSAEncryption")
    eq(c.pem, pem)
    eq(c.nothing, nil)
  end },

  { "validity is six integers in UTC", function()
    local v = cert.parse((read("rsa"))).validity
    local before, after = v.notBefore, v.notAfter
    for _, key in ipairs { "year", "month", "day", "hour", "min", "sec" } do
      eq(math.type(before[key]), "integer")
      eq(math.type(after[key]), "integer")
    end
    eq(after.year - before.year, 10)
    eq(before.isdst, nil)
  end },

  { "extensions are an array with values as OpenSSL prints them", function()
    local found = {}
    for _, ext in ipairs(cert.parse((read("rsa"))).extensions) do
      found[ext.name] = ext
    end
    eq(found["X509v3 Subject Alternative Name"].value, "DNS:test.example, IP Address:127.0.0.1")
    eq(found["X509v3 Subject Alternative Name"].critical, nil)
    eq(found["X509v3 Basic Constraints"].critical, true)
    eq(found["X509v3 Basic Constraints"].value, "CA:TRUE")
    eq(found["1.3.6.1.4.1.55555.1"].value, nil)
    eq(found["1.3.6.1.4.1.55555.1"].error, true)
  end },

  { "a repeated attribute keeps its last value, an unknown one its number", function()
    local subject = cert.parse((read("rsa"))).subject
    eq(subject.commonName, "test.example")
    for key, value in pairs(subject) do
      if type(key) == "table" then
        eq(table.concat(key, "."), "2.3.4567")
        eq(value, "odd")
        return
      end
    end
    error("no table key")
  end },

  { "elliptic curves have their name, also when spelt out", function()
    for _, name in ipairs { "ec", "ec_explicit" } do
      local key = cert.parse((read(name))).pubkey
      eq(key.type, "ec")
      eq(key.bits, 256)
      eq(key.ecdhparams.curve_params.ec_curve_type, "namedcurve")
      eq(key.ecdhparams.curve_params.curve, "prime256v1")
      eq(key.modulus, nil)
    end
    eq(cert.parse((read("ec"))).sig_algorithm, "ecdsa-with-SHA256")
  end },

  { "other key types", function()
    for name, want in pairs { dsa = "dsa", ed25519 = "unknown", rsapss = "unknown" } do
      local key = cert.parse((read(name))).pubkey
      eq(key.type, want)
      eq(key.modulus, nil)
    end
    eq(cert.parse((read("ed25519"))).sig_algorithm, "ED25519")
    eq(cert.parse((read("rsapss"))).sig_algorithm, "rsassaPss")
  end },

  { "a certificate without extensions has none", function()
    eq(cert.parse((read("plain"))).extensions, nil)
  end },

  { "digest is that of the DER, nothing for an unknown name", function()
    local der = read("ec")
    local c = cert.parse(der)
    eq(c:digest("sha1"), openssl.sha1(der))
    eq(c:digest("sha256"), openssl.digest("sha256", der))
    eq(select("#", c:digest("nope")), 0)
  end },

  { "junk is nil, trailing octets do no harm, a missing argument raises", function()
    eq(cert.parse("junk"), nil)
    eq(cert.parse(""), nil)
    eq(cert.parse((read("ec")) .. "trailing").subject.commonName, "ec.example")
    eq(pcall(cert.parse), false)
    eq(pcall(cert.parse, {}), false)
  end },

  { "a cut or damaged certificate never crashes", function()
    local der = read("rsa")
    for len = 0, #der - 1 do
      eq(cert.parse(der:sub(1, len)), nil)
    end
    for at = 1, #der, 3 do
      local damaged = der:sub(1, at - 1) .. string.char(der:byte(at) ~ 0x21) .. der:sub(at + 1)
      local c = cert.parse(damaged)
      assert(c == nil or type(c.subject) == "table")
    end
  end },

  { "fields are kept, the object cannot be changed or walked", function()
    local c = cert.parse((read("ec")))
    c.subject.note = "mine"
    eq(c.subject.note, "mine")
    eq(pcall(function() c.subject = 1 end), false)
    eq(pcall(function() for _ in pairs(c) do end end), false)
  end },
}
