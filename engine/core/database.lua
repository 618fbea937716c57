-- SPDX-License-Identifier: Apache-2.0
-- database: scripts/script.db, the list of installed scripts with their categories (nse-core 2.6).

local core, c = ...

local concat, sort = table.concat, table.sort

local function entry_text(entry)
  local quoted = {}
  for i, category in ipairs(entry.categories) do
    quoted[i] = ('"%s", '):format(category)
  end
  return ('Entry { filename = "%s", categories = { %s} }\n'):format(
    entry.filename, concat(quoted))
end

-- Load every script of a folder; entries sorted by name.
local function scan_folder(dir)
  local entries = {}
  for _, name in ipairs(assert(c.list(dir))) do
    if name:find("%.nse$") then
      local script = core.load_script(dir .. "/" .. name)
      if script then
        local categories = {}
        for i, category in ipairs(script.categories) do
          categories[i] = category:lower()
        end
        sort(categories)
        entries[#entries + 1] = { filename = name, categories = categories }
      end
    end
  end
  sort(entries, function(a, b) return a.filename < b.filename end)
  return entries
end

local function write_db(path, entries)
  local lines = {}
  for i, entry in ipairs(entries) do
    lines[i] = entry_text(entry)
  end
  local text = concat(lines)
  assert(load(text, "@" .. path, "t", {}))
  local file, err = io.open(path, "w")
  if not file then
    return err
  end
  local ok
  ok, err = file:write(text)
  file:close()
  return not ok and err or nil
end

local function rebuild(required)
  local kind, dir = c.find("scripts")
  if kind ~= "directory" then
    if required then
      error("no folder 'scripts' in the data folders", 0)
    end
    return {}
  end
  core.print("Updating rule database.")
  local entries = scan_folder(dir)
  local err = write_db(dir .. "/script.db", entries)
  if err and required then
    error("Could not save script.db: " .. err, 0)
  elseif err then
    core.warn("Could not save script.db: %s", err)
  else
    core.print("Script Database updated successfully.")
  end
  return entries
end

function core.update_db()
  core.forget_scripts()
  core.entries = rebuild(true)
end

local function add_entry(entries, entry)
  if type(entry) ~= "table" or type(entry.filename) ~= "string"
    or type(entry.categories) ~= "table" then
    error("script database appears corrupt, try `nmap --script-updatedb`", 0)
  end
  local set = {}
  for _, category in ipairs(entry.categories) do
    if type(category) ~= "string" then
      error("bad entry in script database", 0)
    end
    set[category:lower()] = true
  end
  entries[#entries + 1] = {
    filename = entry.filename,
    name = entry.filename:match("([^/]+)$"):gsub("%.nse$", ""),
    set = set,
  }
end

-- The entries, read once: { filename, name without .nse, set of categories }.
function core.database()
  if core.entries then
    return core.entries
  end
  local entries = {}
  local kind, path = c.find("scripts/script.db")
  if kind ~= "file" then
    core.verbose(1, "Script Database missing, will create new one.")
  else
    local chunk = loadfile(path, "t", { Entry = function(e) add_entry(entries, e) end })
    if chunk then
      chunk()
      core.entries = entries
      return entries
    end
    core.print("script database appears to be corrupt or out of date;\n"
      .. "\tplease update using: nmap --script-updatedb")
  end
  for _, entry in ipairs(rebuild(false)) do
    add_entry(entries, entry)
  end
  core.entries = entries
  return entries
end
