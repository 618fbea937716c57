-- SPDX-License-Identifier: Apache-2.0
-- selector: --script expressions (nse-core 3). The grammar is NSE's, with its one surprise: what stands right of `and`
-- is a whole expression, so `a and b or c` is `a and (b or c)`.

local core, c = ...

local find, sub, lower = string.find, string.sub, string.lower

local parse_expr

local function skip_space(text, at)
  local _, last = find(text, "^%s*", at)
  return last + 1
end

-- The keyword at `at`, which must end at a space, a parenthesis or the end.
local function keyword(text, at, word)
  local stop = at + #word
  if lower(sub(text, at, stop - 1)) == word and find(text, "^[%s(),]", stop) or
    lower(sub(text, at)) == word then
    return stop
  end
  return nil
end

local function parse_value(text, at)
  local behind = keyword(text, at, "not")
  if behind then
    local next_at, node = parse_value(text, skip_space(text, behind))
    if next_at then
      return next_at, { op = "not", node }
    end
  end
  if sub(text, at, at) == "(" then
    local next_at, node = parse_expr(text, skip_space(text, at + 1))
    if next_at then
      next_at = skip_space(text, next_at)
      if sub(text, next_at, next_at) == ")" then
        return next_at + 1, node
      end
    end
    return nil
  end
  local _, last = find(text, "^[%g]+", at)
  local stop = find(text, "[%s()]", at) or #text + 1
  if not last or stop == at then
    return nil
  end
  return stop, { op = "word", word = sub(text, at, stop - 1) }
end

-- value [and expr | or expr]: one look at each place, so nesting costs no more than its length.
function parse_expr(text, at)
  local next_at, left = parse_value(text, at)
  if not next_at then
    return nil
  end
  for _, op in ipairs({ "and", "or" }) do
    local behind = keyword(text, skip_space(text, next_at), op)
    if behind then
      local last, right = parse_expr(text, skip_space(text, behind))
      if last then
        return last, { op = op, left, right }
      end
    end
  end
  return next_at, left
end

local function parse_rule(text)
  local next_at, node = parse_expr(text, skip_space(text, 1))
  if next_at and skip_space(text, next_at) == #text + 1 then
    return node
  end
  return nil
end

local function glob_pattern(glob)
  local plain = glob:gsub("%.nse$", "")
  return "^" .. plain:gsub("[^%w*]", "%%%0"):gsub("%*", ".*") .. "$"
end

-- Is the expression true of this entry? Second: did a name in it match?
local function evaluate(node, entry)
  if node.op == "word" then
    local word = lower(node.word)
    if word == "true" or word == "all" or entry.set[word] then
      return true, false
    elseif word == "false" then
      return false, false
    end
    node.pattern = node.pattern or glob_pattern(node.word)
    local hit = find(entry.name, node.pattern) ~= nil
    return hit, hit
  end
  local left, by_name = evaluate(node[1], entry)
  if node.op == "not" then
    return not left, by_name
  end
  local right, right_name = evaluate(node[2], entry)
  by_name = by_name or right_name
  if node.op == "and" then
    return left and right, by_name
  end
  return left or right, by_name
end

-- Rules as written -> list of { text, forced, node }.
local function split_rules(texts, version)
  local rules, forced = {}, {}
  for _, text in ipairs(texts) do
    for part in (text .. ","):gmatch("([^,]*),") do
      local rule = part:match("^%s*(.-)%s*$")
      local plus = rule:match("^%+%s*(.*)$")
      rule = plus or rule
      forced[rule] = plus ~= nil
      rules[#rules + 1] = { text = rule }
    end
  end
  if version then
    rules[#rules + 1] = { text = "version", optional = true }
  end
  for _, rule in ipairs(rules) do
    rule.forced = forced[rule.text] or false
    rule.node = parse_rule(rule.text)
    rule.used = rule.text == ""
  end
  return rules
end

local function add(chosen, script, how)
  if chosen.seen[script.path] then
    return
  end
  for _, other in ipairs(chosen.scripts) do
    if other.script.name == script.name then
      error(("duplicate script ID: '%s'"):format(script.name), 0)
    end
  end
  chosen.seen[script.path] = true
  chosen.scripts[#chosen.scripts + 1] = {
    script = script, forced = how.forced, by_name = how.by_name,
  }
  core.debug(2, "Script %s was selected by %s%s.", script.basename, how.how,
    how.forced and " and forced to run" or "")
  core.debug(2, "Loaded '%s'.", script.path)
end

local function choose_entry(chosen, rules, entry)
  local how
  for _, rule in ipairs(rules) do
    if rule.node then
      local hit, by_name = evaluate(rule.node, entry)
      if hit then
        rule.used = true
        how = how or {
          forced = rule.forced, by_name = by_name, how = by_name and "name" or "category",
        }
      end
    end
  end
  if not how then
    return
  end
  local kind, path = core.find_script(entry.filename)
  if kind ~= "file" then
    core.warn("Could not load '%s': no path to file/directory: %s",
      entry.filename, entry.filename)
    return
  end
  local script = core.load_script(path)
  if script then
    add(chosen, script, how)
  end
end

local function choose_folder(chosen, rule, path)
  for _, name in ipairs(assert(c.list(path))) do
    if name:find("%.nse$") then
      local script = core.load_script(path .. "/" .. name)
      if script then
        add(chosen, script, { forced = rule.forced, by_name = false, how = "directory" })
      end
    end
  end
end

-- A rule that matched nothing in the database may name a file or a folder.
local function choose_path(chosen, rule)
  local kind, path = core.find_script(rule.text)
  if not kind then
    kind, path = core.find_script(rule.text .. ".nse")
  end
  if kind == "file" then
    local script = core.load_script(path)
    if script then
      add(chosen, script, { forced = rule.forced, by_name = true, how = "file path" })
    end
  elseif kind == "directory" and rule.text:sub(-1) == "/" then
    choose_folder(chosen, rule, path)
  elseif kind == "directory" then
    error(("directory '%s' found, but will not match without '/'"):format(path), 0)
  elseif not rule.optional then
    error(("'%s' did not match a category, filename, or directory"):format(rule.text), 0)
  end
end

-- Entry point: the selection that C keeps.
function core.select(texts, version)
  local rules = split_rules(texts, version)
  local chosen = { scripts = {}, seen = {} }
  for _, entry in ipairs(core.database()) do
    choose_entry(chosen, rules, entry)
  end
  for _, rule in ipairs(rules) do
    if not rule.used then
      choose_path(chosen, rule)
    end
  end
  core.order(chosen)
  core.verbose(1, "Loaded %d scripts for scanning.", #chosen.scripts)
  return chosen
end

function core.has_rule(selection, rule)
  for _, item in ipairs(selection.scripts) do
    if item.script.rules[rule] then
      return true
    end
  end
  return false
end

function core.has_category(selection, category)
  for _, item in ipairs(selection.scripts) do
    for _, word in ipairs(item.script.categories) do
      if word:lower() == category then
        return true
      end
    end
  end
  return false
end
