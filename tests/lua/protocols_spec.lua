local stub = require "tests.lua.stub"
local dns = require "dns"
local http = require "http"
local ssh2 = require "ssh2"
local tls = require "tls"

local HOST = { ip = "192.0.2.1", name = "", registry = {} }
local PORT = { number = 8080, protocol = "tcp", state = "open", service = "x" }

local function ask(...)
  stub.reset()
  local plan = stub.serve { ... }
  return http.get(HOST, PORT, "/", { redirect_ok = false }), plan
end

describe("http", function()
  it("reads a body by its length, across chunks of the stream", function()
    local r, plan = ask("HTTP/1.1 200 OK\r\nContent-Le", "ngth: 5\r\nSet-Cookie: a=b; Path=/\r\n\r\nhe", "llo more")
    assert.equal(200, r.status)
    assert.equal("hello", r.body)
    assert.equal("b", r.cookies[1].value)
    assert.equal("/", r.cookies[1].path)
    assert.is_truthy(plan.sent[1]:find("\r\nHost: 192.0.2.1:8080\r\n", 1, true))
  end)

  it("reads chunked bodies and says when they are cut", function()
    local head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert.equal("hello world", ask(head, "5\r\nhello\r\n6;x=y\r\n worl", "d\r\n0\r\n\r\n").body)
    local r = ask(head, "ff\r\nshort")
    assert.equal("short", r.body)
    assert.is_true(r.incomplete)
    assert.is_true(ask(head, "zz\r\n").incomplete)
  end)

  it("reads to the end of the stream without a length", function()
    assert.equal("abc", ask("HTTP/1.0 200 OK\r\n\r\na", "b", "c").body)
  end)

  it("survives what is no HTTP", function()
    for _, answer in ipairs { "SSH-2.0-x\r\n", "\0\1\2", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nno end of header" } do
      local r = ask(answer)
      assert.is_string(r["status-line"])
      assert.is_table(r.header)
    end
    assert.is_nil(ask(("x"):rep(100000)).status)
  end)

  it("cuts bodies at the limit", function()
    stub.reset()
    stub.serve { "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", ("x"):rep(5000) }
    local r = http.get(HOST, PORT, "/", { max_body_size = 100 })
    assert.equal(100, #r.body)
    assert.is_true(r.truncated)
  end)

  it("follows redirects on the same host only", function()
    stub.reset()
    stub.serve { "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n" }
    local second = stub.serve { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
    local r = http.get(HOST, PORT, "/")
    assert.equal("ok", r.body)
    assert.is_truthy(second.sent[1]:find("^GET /there "))
    stub.reset()
    stub.serve { "HTTP/1.1 302 Found\r\nLocation: http://198.51.100.9/\r\nContent-Length: 0\r\n\r\n" }
    r = http.get(HOST, PORT, "/")
    assert.equal(302, r.status)
    assert.is_nil(r.location)
  end)
end)

describe("dns", function()
  it("builds what it parses", function()
    local query = dns.build_query("version.bind", "TXT", { class = "CHAOS", id = 7 })
    local m = dns.parse(query)
    assert.equal(7, m.id)
    assert.equal("version.bind", m.questions[1].name)
    local answer = string.pack(">I2I2I2I2I2I2", 7, 0x8400, 1, 1, 0, 0) .. query:sub(13)
      .. "\xc0\x0c" .. string.pack(">I2I2I4s2", 16, 3, 0, "\4v1.2")
    m = dns.parse(answer)
    assert.is_true(m.response)
    assert.equal("version.bind", m.answers[1].name)
    assert.same({ "v1.2" }, m.answers[1].value)
  end)

  it("refuses loops, long labels and cut messages", function()
    assert.is_nil((dns.decode_name("\xc0\x00", 1)))
    assert.is_nil((dns.decode_name("\3abc\xc0\x00", 1)))
    assert.is_nil((dns.encode_name(("x"):rep(64) .. ".org")))
    assert.is_nil(dns.parse "short")
    local whole = dns.build_query("a.example", "A", { id = 1 })
    for n = 0, #whole - 1 do
      dns.parse(whole:sub(1, n))
    end
  end)
end)

describe("ssh2 and tls", function()
  it("pads packets to blocks of eight", function()
    for n = 0, 40 do
      local packet = ssh2.build(("x"):rep(n))
      assert.equal(0, #packet % 8)
      assert.is_true(packet:byte(5) >= 4)
      assert.equal(#packet - 4, (string.unpack(">I4", packet)))
    end
  end)

  it("builds a ClientHello with the server's name and reads records", function()
    local hello = tls.client_hello { server_name = "h.example" }
    assert.is_truthy(hello:find("h.example", 1, true))
    local at, record = tls.record_read(hello, 1)
    assert.equal(#hello + 1, at)
    assert.equal(22, record.type)
    assert.same({ 1 }, { tls.record_read(hello:sub(1, -2), 1) })
    assert.is_nil((tls.record_read("HTTP/1.1 400 Bad", 1)))
    assert.same({ "abc" }, tls.parse_certificates(string.pack(">I3I3", 6, 3) .. "abc"))
    assert.same({}, tls.parse_certificates(string.pack(">I3I3", 6, 900) .. "abc"))
  end)
end)
