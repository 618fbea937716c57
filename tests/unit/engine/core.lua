-- SPDX-License-Identifier: Apache-2.0
-- Tests of the core's modules with a C side of their own making. Each function is one test.

local load_module = ...

local function show(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts, keys = {}, {}
  for i, item in ipairs(value) do parts[i] = show(item) end
  for key in pairs(value) do
    if type(key) == "string" then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do parts[#parts + 1] = key .. "=" .. show(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function equal(got, wanted)
  if got ~= wanted then
    error(("wanted %s, got %s"):format(show(wanted), show(got)), 2)
  end
end

local function fails(pattern, f, ...)
  local ok, err = pcall(f, ...)
  equal(ok, false)
  if not tostring(err):find(pattern) then
    error(("wanted an error like %q, got %q"):format(pattern, tostring(err)), 2)
  end
end

local printed

local function new_core(...)
  local core = {}
  printed = {}
  local c = {
    options = { datadirs = {} },
    verbosity = function() return 0 end,
    debugging = function() return 0 end,
    write = function(text) printed[#printed + 1] = text end,
    write_error = function(text) printed[#printed + 1] = text end,
    find = function() end,
    kind = function() end,
  }
  for _, name in ipairs({ ... }) do
    load_module(name, core, c)
  end
  return core, c
end

local T = {}

-- Rows of nse-core 1.8: what is typed, and the table as `show` writes it.
local ARGS = {
  { "", "{}" },
  { "a=b", '{a="b"}' },
  { "a", '{"a"}' },
  { "a,b,c=d", '{"a","b",c="d"}' },
  { 'user=foo,pass=",{}=bar",paths={/x,/y},s-i.name=h',
    '{pass=",{}=bar",paths={"/x","/y"},s-i.name="h",user="foo"}' },
  { "a={x=1,y={z=2,w}, q},b=2", '{a={"q",x="1",y={"w",z="2"}},b="2"}' },
  { " a = b , c = d e f ", '{a="b",c="d e f"}' },
  { [[a="x\"y",b='it\'s']], [[{a="x\"y",b="it's"}]] },
  { [[a=b\,c]], [[{"c",a="b\\"}]] },
  { "a=", '{a=""}' },
  { "a=,b=1", '{a="",b="1"}' },
  { "=x", '{="x"}' },
  { ",", '{"",""}' },
  { "a,,b", '{"a","","b"}' },
  { " ", '{""}' },
  { "a={}", '{a={""}}' },
  { "{1,2},{3}", '{{"1","2"},{"3"}}' },
  { "1=x", '{1="x"}' },
  { "a=it's", [[{a="it's"}]] },
  { 'a="abc', [[{a="\"abc"}]] },
  { "a=1\nb=2", '{a="1",b="2"}' },
  { "a=b},c=d", '{a="b"}' },
  { "a=1\nb=2\n,", '{"","",a="1",b="2"}' },
}

function T.args_become_tables()
  local core = new_core("log", "args")
  for _, row in ipairs(ARGS) do
    equal(show(core.parse_args(row[1])), row[2])
  end
end

function T.bad_args_are_refused()
  local core = new_core("log", "args")
  for _, text in ipairs({ 'a="abc"def', "a=1=2", "a={b", "x{y}" }) do
    fails("^arguments did not parse!$", core.parse_args, text)
    equal(printed[#printed], "NSE: args = " .. text .. "\n")
  end
end

function T.args_file_must_be_a_file()
  local core, c = new_core("log", "args")
  c.options.script_args_file = "nowhere"
  fails("^no path to file/directory: nowhere is not a file$", core.load_args)
end

local ENTRIES = {
  { filename = "banner.nse", name = "banner", set = { discovery = true, safe = true } },
  { filename = "ftp-anon.nse", name = "ftp-anon",
    set = { default = true, auth = true, safe = true } },
  { filename = "http-title.nse", name = "http-title",
    set = { default = true, discovery = true, safe = true } },
  { filename = "http-slow.nse", name = "http-slow", set = { dos = true, intrusive = true } },
}

-- The names that an expression selects, with what sets them apart: +forced, *by name.
local function selected(rules, version)
  local core, c = new_core("log", "selector", "runlevels")
  core.database = function() return ENTRIES end
  core.find_script = function(name)
    for _, entry in ipairs(ENTRIES) do
      if entry.filename == name then
        return "file", "/scripts/" .. name
      end
    end
    if name == "/some/folder" or name == "/some/folder/" then
      return "directory", "/some/folder"
    end
    return nil
  end
  c.list = function() return { "x.nse", "readme", "y.nse" } end
  core.load_script = function(path)
    local basename = path:match("[^/]+$")
    return { path = path, basename = basename, name = basename:gsub("%.nse$", ""),
      dependencies = {}, rules = {}, categories = {} }
  end
  local names = {}
  for i, item in ipairs(core.select(rules, version).scripts) do
    names[i] = (item.forced and "+" or "") .. item.script.name .. (item.by_name and "*" or "")
  end
  return table.concat(names, " ")
end

local SELECTIONS = {
  { "default", "ftp-anon http-title" },
  { "DEFAULT", "ftp-anon http-title" },
  { "all", "banner ftp-anon http-title http-slow" },
  { "banner", "banner*" },
  { "http-*", "http-title* http-slow*" },
  { "HTTP-*", nil },
  { "http-title.nse", "http-title*" },
  { "default and discovery", "http-title" },
  { "default or dos", "ftp-anon http-title http-slow" },
  { "not safe", "http-slow" },
  { "not(safe)", "http-slow" },
  { "(default)and(not http-*)", "ftp-anon" },
  { "ftp-anon and default or http-title", "ftp-anon*" },
  { "http-title or ftp-anon and default", "ftp-anon* http-title*" },
  { "true", "banner ftp-anon http-title http-slow" },
  { "+banner", "+banner*" },
  { "+ banner", "+banner*" },
  { "", "" },
  { "+", "" },
  { "/some/folder/", "x y" },
}

function T.expressions_select()
  for _, row in ipairs(SELECTIONS) do
    if row[2] then
      equal(selected({ row[1] }), row[2])
    else
      fails("did not match a category, filename, or directory", selected, { row[1] })
    end
  end
end

function T.commas_split_and_the_first_rule_decides()
  equal(selected({ "banner,default" }), "banner* ftp-anon http-title")
  equal(selected({ "default", "http-title" }), "ftp-anon http-title")
  equal(selected({ "http-title,default" }), "ftp-anon http-title*")
end

function T.unknown_names_are_fatal()
  fails("^'nothing' did not match a category, filename, or directory$", selected, { "nothing" })
  fails("^'%(default' did not match", selected, { "(default" })
  fails("^'dos and safe' did not match", selected, { "dos and safe" })
  fails("^directory '/some/folder' found, but will not match without '/'$",
    selected, { "/some/folder" })
end

function T.version_may_select_nothing()
  equal(selected({ "banner" }, true), "banner*")
end

function T.deep_nesting_costs_its_length()
  local deep = ("("):rep(150) .. "default" .. (")"):rep(150)
  equal(selected({ deep }), "ftp-anon http-title")
  equal(selected({ ("not "):rep(100) .. "default" }), "ftp-anon http-title")
end

local function levels_of(dependencies)
  local core = new_core("log", "runlevels")
  local selection = { scripts = {} }
  for _, row in ipairs(dependencies) do
    table.insert(selection.scripts, { script = { name = row[1], dependencies = row[2] } })
  end
  core.order(selection)
  local out = {}
  for i, level in ipairs(selection.levels) do
    local names = {}
    for j, item in ipairs(level) do names[j] = item.script.name end
    out[i] = table.concat(names, ",")
  end
  return table.concat(out, " ")
end

function T.dependencies_make_levels()
  equal(levels_of({ { "a", { "b" } }, { "b", {} }, { "c", { "a", "unknown" } }, { "d", {} } }),
    "b,d a c")
  equal(levels_of({}), "")
end

function T.circles_are_named()
  fails("^circular dependency in chain `a%->b%->c%->a`$", levels_of,
    { { "a", { "b" } }, { "b", { "c" } }, { "c", { "a" } } })
  fails("`x%->x`", levels_of, { { "x", { "x" } } })
end

local function output_of(...)
  local core, c = new_core("log", "output")
  local told
  c.result = function(fields) told = fields end
  core.tell_result({ item = { script = { id = "s" } }, rule = "hostrule" }, ...)
  return told
end

function T.results_become_text_xml_and_json()
  equal(output_of(nil), nil)
  equal(output_of("text").text, "text")
  equal(output_of("text").xml, nil)
  equal(output_of(false).text, "false")
  equal(output_of({ 1 }, "own").text, "own")
  equal(output_of({ 1 }, "own").json, "[1]")
  equal(output_of({}).text, "")
  equal(output_of({ 1, { 2, 3 } }).text, "\n  1\n  \n    2\n    3")
  equal(output_of({ a = "<a href='x'>\"&--]]>" }).xml,
    '<elem key="a">&lt;a href=&apos;x&apos;&gt;&quot;&amp;-&#45;]]&gt;</elem>\n')
  equal(output_of({ a = "x\r\n\127\200\t" }).xml,
    '<elem key="a">x&#xd;&#xa;\\x7F\\xC8&#x9;</elem>\n')
  equal(output_of({ "a", b = 1.5 }).json, '{"1":"a","b":1.5}')
  equal(output_of({ "\0\31\"\\\127\xff\xc3\xa9" }).json,
    [=[["\u0000\u001f\"\\\u007f\\xFF\\xC3\\xA9"]]=])
  equal(output_of({ "\xc3\xa9" }).json, '["\xc3\xa9"]')
  equal(output_of({ 0 / 0, 1 / 0 }).json:gsub("%-", ""), '["nan","inf"]')
end

function T.hostile_results_fail_alone()
  local loop = {}
  loop.self = loop
  local told = output_of(loop)
  equal(told.status, 0)
  told = output_of(setmetatable({}, { __pairs = function() error("no pairs") end }))
  equal(told.status, 1)
  equal(told.text, "ERROR: Script execution failed (use -d to debug)")
  local wide = {}
  for _ = 1, 40 do
    wide = { wide, wide }
  end
  told = output_of(wide)
  equal(told.status, 1)
  equal(told.error, "the result has too many items")
end

local function strict_table()
  local core = new_core("strict")
  local t = setmetatable({ known = 1 }, nil)
  core.make_strict(t)
  return t
end

function T.strict_tables_know_what_was_declared()
  local t = strict_table()
  equal(t.known, 1)
  fails("variable 'x' is not declared", function() return t.x end)
  fails("assign to undeclared variable 'x'", function() t.x = 1 end)
  local main = load("local t = ...; t.x = nil; t.y = 2", "=main", "t")
  main(t)
  equal(t.x, nil)
  equal(t.y, 2)
  t.x = 3
  equal(t.x, 3)
  equal(rawget(t, "z"), nil)
  equal(t.loadstring, nil)
  equal(getmetatable(t).__declared.x, true)
end

return T
