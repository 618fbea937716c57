-- SPDX-License-Identifier: Apache-2.0
-- log: the core's own messages. NSE has two rules: verbose(n) prints from that verbosity on or when debugging at all,
-- debug(n) prints from that debugging level on. Both start with "NSE: " (nse-core 8.1).

local core, c = ...

local format = string.format

function core.print(text)
  c.write("NSE: " .. text .. "\n")
end

function core.verbose(level, fmt, ...)
  if c.verbosity() >= level or c.debugging() > 0 then
    core.print(format(fmt, ...))
  end
end

function core.debug(level, fmt, ...)
  if c.debugging() >= level then
    core.print(format(fmt, ...))
  end
end

function core.warn(fmt, ...)
  c.write_error("NSE: Warning: " .. format(fmt, ...) .. "\n")
end
