-- SPDX-License-Identifier: Apache-2.0
-- main: the last module of the core: puts the pieces into the world that scripts see (nse-core 1.1).

local core, c = ...

core.debug(1, "Using %s.", _VERSION)
core.set_args(core.load_args())
core.install_searcher()

-- stdnse is strict about its members, so what the engine gives it goes in raw.
local found, stdnse = pcall(require, "stdnse")
if found then
  for name, value in pairs(core.stdnse) do
    rawset(stdnse, name, value)
  end
  rawset(stdnse, "sleep", require("nmap.socket").sleep)
else
  error("no usable nselib in the data folders (" .. table.concat(c.options.datadirs, ", ")
    .. "): " .. tostring(stdnse), 0)
end

local a, b = string.unpack("jj", c.random(16))
math.randomseed(a, b)
core.make_strict(_G)
