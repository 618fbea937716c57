--- Let scripts name new targets. Only with script argument newtargets; max-newtargets bounds them.
--
-- The engine's scope gate decides apart from this whether a new target may be contacted at all.
--
-- @license Apache-2.0

local nmap = require "nmap"
local stdnse = require "stdnse"

local M = {
  ALLOW_NEW_TARGETS = stdnse.get_script_args "newtargets" and true or false,
}

local MOST = tonumber((stdnse.get_script_args "max-newtargets") or 0) or 0

--- Queue targets for scanning.
-- @param ... addresses or names; without any, the length of the queue is told
-- @return true and how many were accepted, or false and a message
function M.add(...)
  if not M.ALLOW_NEW_TARGETS then
    return false, "to add targets run with --script-args newtargets"
  end
  local wanted = { ... }
  if #wanted == 0 then
    return true, nmap.add_targets()
  end
  if MOST > 0 then
    local room = MOST - nmap.new_targets_num()
    if room <= 0 then
      return false, ("max-newtargets (%d) is reached"):format(MOST)
    end
    wanted = table.move(wanted, 1, math.min(room, #wanted), 1, {})
  end
  local count, err = nmap.add_targets(table.unpack(wanted))
  if count == 0 then
    return false, err or "no target was added"
  end
  return true, count
end

return M
