local stub = require "tests.lua.stub"
local base64 = require "base64"
local ipOps = require "ipOps"
local stringaux = require "stringaux"
local tableaux = require "tableaux"
local url = require "url"

describe("ipOps", function()
  it("turns text to octets and back", function()
    for _, ip in ipairs { "1.2.3.4", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8" } do
      assert.equal(ip, ipOps.str_to_ip(ipOps.ip_to_str(ip)))
    end
    assert.equal("::102:304", ipOps.str_to_ip(ipOps.ip_to_str "::1.2.3.4"))
  end)

  it("refuses what is no address", function()
    for _, text in ipairs { "", "1.2.3", "1.2.3.256", "1.2.3.4.5", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "g::", "1.2.3.4::" } do
      assert.is_nil((ipOps.ip_to_str(text)), text)
    end
    assert.is_nil((ipOps.ip_to_str(nil)))
  end)

  it("shortens as RFC 5952 says", function()
    assert.equal("2001:db8:0:1:1:1:1:1", ipOps.str_to_ip(ipOps.ip_to_str "2001:db8:0:1:1:1:1:1"))
    assert.equal("2001:0:0:1::1", ipOps.str_to_ip(ipOps.ip_to_str "2001:0:0:1:0:0:0:1"))
    assert.equal("0001:0000:0000:0000:0000:0000:0000:0000", ipOps.expand_ip "1::")
  end)

  it("knows networks and ranges", function()
    assert.equal("10.0.0.0", ipOps.get_first_ip("10.1.2.3", 8))
    assert.equal("10.255.255.255", ipOps.get_last_ip "10.1.2.3/8")
    assert.same({ "192.0.2.1", "192.0.2.9" }, { ipOps.get_ips_from_range "192.0.2.1 - 192.0.2.9" })
    assert.is_true(ipOps.ip_in_range("fd00::5", "fd00::/8"))
    assert.is_false(ipOps.ip_in_range("11.0.0.1", "10.0.0.0/8"))
    assert.is_nil((ipOps.get_ips_from_range "nonsense"))
    assert.is_true((ipOps.isPrivate "192.168.1.1"))
    assert.is_false((ipOps.isPrivate "8.8.8.8"))
    assert.is_true(ipOps.compare_ip("10.0.0.2", "lt", "10.0.0.10"))
  end)

  it("names the reverse zone", function()
    assert.equal("4.3.2.1.in-addr.arpa", ipOps.reverse_name "1.2.3.4")
    assert.equal(("0."):rep(31):gsub("^0", "1") .. "0.ip6.arpa", ipOps.reverse_name "::1")
  end)
end)

describe("base64", function()
  it("agrees with RFC 4648", function()
    local vectors = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=" }
    for plain, text in pairs(vectors) do
      assert.equal(text, base64.enc(plain))
      assert.equal(plain, base64.dec(text))
    end
    assert.equal("foobar", base64.dec "Zm9v\r\nYmFy")
    assert.equal("fo", base64.dec "Zm8\0\0junk")
  end)
end)

describe("url", function()
  it("splits and builds", function()
    local u = url.parse "https://user:pw@Example.org:8443/a/b;p?q=1#f"
    assert.same({ "https", "Example.org", 8443, "/a/b", "p", "q=1", "f", "user", "pw" },
      { u.scheme, u.host, u.port, u.path, u.params, u.query, u.fragment, u.user, u.password })
    assert.equal("http://[::1]:80/x", url.build(url.parse "http://[::1]:80/x"))
    assert.is_nil((url.parse ""))
  end)

  it("resolves references and never climbs above the root", function()
    local base = "http://h/a/b/c?x"
    for reference, expected in pairs {
      ["d"] = "http://h/a/b/d", ["../d"] = "http://h/a/d", ["/d"] = "http://h/d", ["//o/d"] = "http://o/d",
      ["?y"] = "http://h/a/b/c?y", ["https://z/"] = "https://z/", ["../../../../e"] = "http://h/e", ["./"] = "http://h/a/b/",
    } do
      assert.equal(expected, url.absolute(base, reference))
    end
  end)

  it("escapes and decodes", function()
    assert.equal("a%20%26%2Fb", url.escape "a &/b")
    assert.equal("a &/b", url.unescape "a%20%26%2Fb")
    assert.same({ a = "1 2", b = "" }, url.parse_query "a=1+2&b")
    assert.equal("a=1&b=%3D", url.build_query { b = "=", a = 1 })
  end)
end)

describe("stringaux and tableaux", function()
  it("split, escape, copy", function()
    assert.same({ "a", "", "b" }, stringaux.strsplit(",", "a,,b"))
    assert.has_error(function() stringaux.strsplit("x*", "ab") end)
    assert.equal("%2e%2e%2fetc%2fpasswd", (stringaux.filename_escape "../etc/passwd"):gsub("^%%2e%.", "%%2e%%2e"))
    assert.is_truthy(("HeLLo"):find(stringaux.ipattern "hello"))
    assert.is_nil(("axc"):find(stringaux.ipattern "a.c"))
    local t = { 1, { 2 } }
    t.self = t
    local copy = tableaux.tcopy(t)
    assert.equal(copy, copy.self)
    assert.equal(2, copy[2][1])
    assert.is_true(tableaux.contains({ "a", "b" }, "b"))
  end)
  stub.reset()
end)
