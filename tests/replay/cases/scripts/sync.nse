-- SPDX-License-Identifier: Apache-2.0
-- Mutexes, condition variables, workers and sleep, in one thread family.
local nmap = require "nmap"
local stdnse = require "stdnse"

categories = { "safe" }

portrule = function() return true end

local function mutex_order(log)
  local lock = nmap.mutex("sync")
  local wait = nmap.condvar(log)
  local left = 3
  lock "lock"
  for i = 1, 3 do
    stdnse.new_thread(function()
      local mine = nmap.condvar(log)
      lock "lock"
      log[#log + 1] = "worker " .. i
      stdnse.sleep(0.01)
      lock "done"
      left = left - 1
      mine "signal"
    end)
  end
  log[#log + 1] = "held"
  stdnse.sleep(0.02)
  lock "done"
  while left > 0 do
    wait "wait"
  end
  log[#log + 1] = "trylock " .. tostring(lock "trylock") .. " " .. tostring(lock "trylock")
  log[#log + 1] = "owner " .. tostring(lock "running" == coroutine.running())
  lock "done"
  log[#log + 1] = select(2, pcall(lock, "done"))
  log[#log + 1] = select(2, pcall(lock, "foo"))
  log[#log + 1] = select(2, pcall(nmap.mutex, 12))
end

local function dying_worker(log)
  -- A worker that dies with a lock gives it back, and its end wakes who waits on the condvar.
  local lock = nmap.mutex(log)
  local cv = nmap.condvar("dying")
  local co, info = stdnse.new_thread(function()
    nmap.condvar("dying")
    lock "lock"
    stdnse.sleep(0.01)
    error("died on purpose")
  end)
  while coroutine.status(co) ~= "dead" do
    cv "wait"
  end
  local status, err = info()
  log[#log + 1] = status .. " " .. tostring(err):match("died on purpose")
  log[#log + 1] = "free " .. tostring(lock "trylock")
end

action = function()
  local log = {}
  mutex_order(log)
  dying_worker(log)
  return log
end
