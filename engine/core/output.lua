-- SPDX-License-Identifier: Apache-2.0
-- output: from what an action returned to text, XML and JSON (nse-core 7). A value whose own __tostring or __pairs
-- fails spoils its script's result, nothing else.

local core, c = ...

local concat, format, gsub = table.concat, string.format, string.gsub

local STATUS <const> = { ok = 0, error = 1, timeout = 2, aborted = 3 }
local RULE <const> = { prerule = 0, hostrule = 1, portrule = 2, postrule = 3 }
local DEPTH <const> = 64
local ITEMS <const> = 200000

-- Items rendered so far; a result of tables within tables may be larger than memory.
local items

local function count_item()
  items = items + 1
  if items > ITEMS then
    error("the result has too many items", 0)
  end
end

-- tostring of anything a script made.
function core.to_text(value)
  local ok, text = pcall(tostring, value)
  return ok and text or "(error object that cannot be shown)"
end

local function auto_format(value, indent, depth, out)
  count_item()
  if type(value) ~= "table" or depth > DEPTH then
    out[#out + 1] = tostring(value)
    return
  end
  local mt = getmetatable(value)
  if type(mt) == "table" and mt.__tostring then
    out[#out + 1] = tostring(value)
    return
  end
  local deeper = indent .. "  "
  for _, item in ipairs(value) do
    out[#out + 1] = "\n" .. indent
    auto_format(item, deeper, depth + 1, out)
  end
  for key, item in pairs(value) do
    if type(key) == "string" then
      out[#out + 1] = "\n" .. indent .. key .. ": "
      auto_format(item, deeper, depth + 1, out)
    end
  end
end

local function format_text(value)
  local out = {}
  auto_format(value, "  ", 0, out)
  return concat(out)
end

local XML_NAMED <const> = {
  ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;", ["'"] = "&apos;",
}

-- Two steps: octets that are no text become \xHH, then what XML needs.
local function xml_escape(text)
  text = gsub(text, "[^\t\r\n\x20-\x7e]", function(octet)
    return format("\\x%02X", octet:byte())
  end)
  text = gsub(text, "[<>&\"']", XML_NAMED)
  text = gsub(text, "%-%-+", function(run)
    return "-" .. ("&#45;"):rep(#run - 1)
  end)
  return (gsub(text, "[\t\r\n]", function(octet)
    return format("&#x%x;", octet:byte())
  end))
end

core.xml_escape = xml_escape

local xml_table

local function xml_item(key, value, depth, out)
  count_item()
  local name = key and format(' key="%s"', xml_escape(key)) or ""
  if type(value) == "table" and depth <= DEPTH then
    out[#out + 1] = format("<table%s>\n", name)
    xml_table(value, depth + 1, out)
    out[#out + 1] = "</table>\n"
  else
    out[#out + 1] = format("<elem%s>%s</elem>\n", name, xml_escape(tostring(value)))
  end
end

function xml_table(value, depth, out)
  for _, item in ipairs(value) do
    xml_item(nil, item, depth, out)
  end
  for key, item in pairs(value) do
    if type(key) == "string" then
      xml_item(key, item, depth, out)
    end
  end
end

local function xml_of(value)
  if type(value) ~= "table" then
    return xml_escape(tostring(value))
  end
  local out = {}
  xml_table(value, 0, out)
  return concat(out)
end

local JSON_NAMED <const> = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

-- Octets that are no UTF-8 show as \xHH, as in text output.
local function json_string(text)
  if not utf8.len(text) then
    text = gsub(text, "[\x80-\xff]", function(octet)
      return format("\\x%02X", octet:byte())
    end)
  end
  return '"' .. gsub(text, '[%c"\\\x7f]', function(octet)
    return JSON_NAMED[octet] or format("\\u%04x", octet:byte())
  end) .. '"'
end

local json_value

local function json_number(value)
  if math.type(value) == "integer" then
    return format("%d", value)
  elseif value ~= value or value == math.huge or value == -math.huge then
    return json_string(tostring(value))
  end
  return format("%.14g", value)
end

-- Arrays stay arrays, tables with names are objects in their own order; a mixed one counts its array part by number.
local function json_table(value, depth)
  local list, members = {}, {}
  for i, item in ipairs(value) do
    list[i] = json_value(item, depth + 1)
  end
  for key, item in pairs(value) do
    if type(key) == "string" then
      members[#members + 1] = json_string(key) .. ":" .. json_value(item, depth + 1)
    end
  end
  if #members == 0 then
    return "[" .. concat(list, ",") .. "]"
  end
  for i, item in ipairs(list) do
    list[i] = format('"%d":%s', i, item)
  end
  local all = concat(members, ",")
  if #list > 0 then
    all = concat(list, ",") .. "," .. all
  end
  return "{" .. all .. "}"
end

function json_value(value, depth)
  count_item()
  local kind = type(value)
  if kind == "table" and depth <= DEPTH then
    return json_table(value, depth)
  elseif kind == "number" then
    return json_number(value)
  elseif kind == "boolean" then
    return tostring(value)
  end
  return json_string(tostring(value))
end

-- What r1 and r2 mean: structure (or nil) and text; nil text = no result.
local function judge(r1, r2)
  if r2 then
    return r1, tostring(r2)
  elseif type(r1) == "string" then
    return nil, r1
  elseif r1 == nil then
    return nil, nil
  end
  return r1, format_text(r1)
end

local function render(r1, r2)
  items = 0
  local structure, text = judge(r1, r2)
  if text == nil then
    return nil
  end
  local xml = structure ~= nil and xml_of(structure) or nil
  local json = structure ~= nil and json_value(structure, 0) or nil
  return text, xml, json
end

local function tell(record, status, fields)
  local script = record.item.script
  fields.run, fields.host, fields.port = record.run, record.host, record.port
  fields.id, fields.path, fields.sha256 = script.id, script.path, script.sha256
  fields.categories = script.category_text
  fields.rule = RULE[record.rule]
  fields.status = STATUS[status]
  fields.started, fields.ended, fields.asked = record.started, record.ended, record.asked
  c.result(fields)
end

function core.tell_result(record, r1, r2)
  local ok, text, xml, json = pcall(render, r1, r2)
  if not ok then
    core.tell_failure(record, core.to_text(text))
  elseif text then
    tell(record, "ok", { text = text, xml = xml, json = json })
  end
end

-- A failed script says so where nobody debugs it; the reason goes along in any case.
function core.tell_failure(record, reason)
  local text
  if c.debugging() == 0 then
    text = "ERROR: Script execution failed (use -d to debug)"
  end
  tell(record, "error", { text = text, error = reason })
end

function core.tell_end(record, why)
  tell(record, why == "aborted" and "aborted" or why == "stray" and "error" or "timeout",
    { error = record.error })
end
