-- SPDX-License-Identifier: Apache-2.0
-- help: --script-help, as text and as XML (nse-core 3.4).

local core, c = ...

local function indented(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line ~= "" and "  " .. line or line
  end
  return table.concat(lines, "\n")
end

local function text_help(selection)
  local out = {}
  for _, item in ipairs(selection.scripts) do
    local script = item.script
    out[#out + 1] = ("\n%s\nCategories: %s\nhttps://nmap.org/nsedoc/scripts/%s.html\n%s"):format(
      script.id, table.concat(script.categories, " "), script.id,
      script.description and indented(script.description) or "")
  end
  return table.concat(out)
end

local function folder(name)
  local kind, path = c.find(name)
  return ('<directory name="%s" path="%s"></directory>\n'):format(
    name, core.xml_escape(kind and path or ""))
end

local function xml_help(selection)
  local out = { "<nse-scripts>\n", folder("scripts"), folder("nselib") }
  for _, item in ipairs(selection.scripts) do
    local script = item.script
    local categories = {}
    for i, category in ipairs(script.categories) do
      categories[i] = ("<category>%s</category>"):format(core.xml_escape(category))
    end
    out[#out + 1] = ('<script filename="%s">\n<categories>%s</categories>\n'):format(
      core.xml_escape(script.path), table.concat(categories))
    if script.description then
      out[#out + 1] = ("<description>%s</description>\n"):format(
        core.xml_escape(script.description))
    end
    out[#out + 1] = "</script>\n"
  end
  out[#out + 1] = "</nse-scripts>\n"
  return table.concat(out)
end

function core.help(selection, xml)
  return xml and xml_help(selection) or text_help(selection)
end
