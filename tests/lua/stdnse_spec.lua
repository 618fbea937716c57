local stub = require "tests.lua.stub"
local stdnse = require "stdnse"

describe("stdnse", function()
  before_each(stub.reset)

  it("finds arguments by full name, short name and as flags", function()
    stub.args["a.b"] = "full"
    stub.args.timeout = "5s"
    stub.args[1] = "flag"
    assert.same({ "full", "5s", 1 }, { stdnse.get_script_args("a.b", "x.timeout", "y.flag") })
    local first, second, third = stdnse.get_script_args("none", { "no", "timeout" }, "x.none")
    assert.is_nil(first)
    assert.equal("5s", second)
    assert.is_nil(third)
    assert.equal(3, select("#", stdnse.get_script_args("none", "timeout", "none")))
  end)

  it("keeps the order of an output table", function()
    local t = stdnse.output_table()
    t.z = 1
    t.a = 2
    t.m = 3
    t.z = 9
    t.a = nil
    t.a = 5
    local seen = {}
    for k, v in pairs(t) do
      seen[#seen + 1] = k .. v
    end
    assert.same({ "z9", "m3", "a5" }, seen)
    assert.equal(3, #t)
    assert.is_true(t())
    assert.is_nil(next(t))
    assert.is_false(stdnse.output_table()())
  end)

  it("lays out nested lists", function()
    assert.equal("\n  T\n    a\n    N\n      b\n      c\n",
      stdnse.format_output(true, { "a", { "b", "c", name = "N" }, name = "T" }))
    assert.is_nil(stdnse.format_output(false, { "x" }))
    assert.is_nil(stdnse.format_output(true, {}))
    assert.has_error(function() stdnse.format_output(true) end)
    stub.debugging = 1
    assert.equal("\n  ERROR: x\n", stdnse.format_output(false, "x"))
  end)

  it("converts octets and times", function()
    assert.equal("de:ad:be:ef", stdnse.tohex("\xde\xad\xbe\xef", { separator = ":" }))
    assert.equal("dead beef", stdnse.tohex("\xde\xad\xbe\xef", { separator = " ", group = 2 }))
    assert.equal("1:23:45", stdnse.tohex(0x12345, { separator = ":" }))
    assert.equal("\xde\xad", stdnse.fromhex "de ad")
    assert.is_nil((stdnse.fromhex "dea"))
    assert.equal("1010", stdnse.tobinary(10))
    assert.equal(300, stdnse.parse_timespec "5m")
    assert.equal(0.25, stdnse.parse_timespec "250ms")
    assert.is_nil((stdnse.parse_timespec "5 parsecs"))
  end)

  it("prints by level with the running script in front", function()
    stdnse.debug1 "hidden"
    assert.same({}, stub.log)
    stub.debugging = 2
    stdnse.debug1("shown %d", 7)
    stdnse.debug(2, "too")
    stdnse.debug3 "hidden"
    stdnse.print_debug(1, "plain %s", "x")
    assert.same({ "shown 7", "too", "plain x" }, stub.log)
  end)

  it("reads pieces up to a separator and the cut-off rest", function()
    stub.serve { "one\r\ntw", "o\r\nrest" }
    local read = stdnse.make_buffer(require("nmap").new_socket(), "\r?\n")
    assert.same({ "one", "two", "rest" }, { read(), read(), read() })
    local piece, why = read()
    assert.is_nil(piece)
    assert.equal("EOF", why)
  end)

  it("raises on members that do not exist", function()
    assert.has_error(function() return stdnse.no_such_member end)
  end)
end)
