-- SPDX-License-Identifier: Apache-2.0
-- How many threads hold connections at once.
local nmap = require "nmap"
local stdnse = require "stdnse"

categories = { "safe" }

portrule = function() return true end

action = function(host, port)
  local done = nmap.condvar("done")
  local left, now, most, waiting = 40, 0, 0, 0
  for _ = 1, 40 do
    stdnse.new_thread(function()
      local mine = nmap.condvar("done")
      local s = nmap.new_socket()
      local other = nmap.new_socket()
      s:connect(host, port)
      other:connect(host, port)
      now = now + 1
      most = math.max(most, now)
      waiting = math.max(waiting, nmap.socket.get_stats().connect_waiting)
      stdnse.sleep(0.05)
      now = now - 1
      left = left - 1
      mine "signal"
      -- The sockets are left open: the end of the thread closes them.
    end)
  end
  while left > 0 do
    done "wait"
  end
  return ("%d at once, %d waiting, %d after"):format(most, waiting,
    nmap.socket.get_stats().connect_waiting)
end
