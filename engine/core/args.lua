-- SPDX-License-Identifier: Apache-2.0
-- args: the language of --script-args (nse-core 1.8): nested tables of strings. A small recursive descent that makes
-- the same ordered choices as NSE's grammar: once an alternative succeeded it is never tried again differently.

local core, c = ...

local find, sub, gsub = string.find, string.sub, string.gsub

local HWS <const> = "^[ \t\r\v\f]*"
local parse_table

local function skip(text, at, class)
  local _, last = find(text, class, at)
  return last + 1
end

-- Quoted: a backslash takes the meaning from the same quote and from a backslash only.
local function parse_quoted(text, at)
  local quote = sub(text, at, at)
  if quote ~= '"' and quote ~= "'" then
    return nil
  end
  local pos = at + 1
  while true do
    local hit = find(text, "[\\" .. quote .. "]", pos)
    if not hit then
      return nil
    end
    if sub(text, hit, hit) == quote then
      local body = gsub(sub(text, at + 1, hit - 1), "\\([\\" .. quote .. "])", "%1")
      return hit + 1, body
    end
    pos = hit + 2
  end
end

local function parse_string(text, at)
  local next_at, value = parse_quoted(text, at)
  if next_at then
    return next_at, value
  end
  at = skip(text, at, HWS)
  local stop = find(text, "[\n,{}=]", at) or #text + 1
  local body = sub(text, at, stop - 1)
  local kept = #gsub(body, "[ \t\r\v\f]+$", "")
  return at + kept, sub(body, 1, kept)
end

local function parse_value(text, at)
  local next_at, value = parse_table(text, at)
  if next_at then
    return next_at, value
  end
  return parse_string(text, at)
end

-- One field into `into`; returns the position behind it.
local function parse_field(text, at, into)
  local behind, key = parse_string(text, at)
  local equals = skip(text, behind, HWS)
  if sub(text, equals, equals) == "=" then
    local next_at, value = parse_value(text, skip(text, equals + 1, HWS))
    into[key] = value
    return next_at
  end
  local next_at, value = parse_value(text, at)
  into[#into + 1] = value
  return next_at
end

function parse_table(text, at)
  if sub(text, at, at) ~= "{" then
    return nil
  end
  local into = {}
  local pos = parse_field(text, skip(text, at + 1, "^%s*"), into)
  while true do
    local separator = skip(text, pos, HWS)
    if not find(text, "^[\n,]", separator) then
      break
    end
    pos = parse_field(text, skip(text, separator + 1, "^%s*"), into)
  end
  pos = skip(text, pos, "^%s*")
  if sub(text, pos, pos) ~= "}" then
    return nil
  end
  return pos + 1, into
end

function core.parse_args(text)
  if text == "" then
    return {}
  end
  local ok, value = parse_table("{" .. text .. "}", 1)
  if not ok then
    core.print("args = " .. text)
    error("arguments did not parse!", 0)
  end
  return value
end

local function read_args_file(name)
  local kind, path
  if sub(name, 1, 1) == "/" then
    kind, path = c.kind(name)
  else
    kind, path = c.find(name)
  end
  if kind ~= "file" then
    local what = kind == "directory" and path or "no path to file/directory: " .. name
    error(what .. " is not a file", 0)
  end
  core.debug(1, "Loading script-args from file `%s'", name)
  local file <close> = assert(io.open(path, "r"))
  local content = file:read("a"):gsub(",+$", "")
  return content .. ","
end

-- The table of nmap.registry.args from the engine's options.
function core.load_args()
  local text = ""
  if c.options.script_args_file then
    text = read_args_file(c.options.script_args_file)
  end
  if c.options.script_args then
    core.debug(1, "Arguments from CLI: %s", c.options.script_args)
    text = text .. c.options.script_args
  end
  if text ~= "" then
    core.debug(1, "Arguments parsed: %s", text)
  end
  return core.parse_args(text)
end
