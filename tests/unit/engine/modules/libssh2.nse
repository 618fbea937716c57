-- SPDX-License-Identifier: Apache-2.0
local nmap = require "nmap"
local ssh = require "libssh2"

description = [[Checks of the libssh2 module against a real OpenSSH server.]]
author = "The earshot authors"
license = "Apache-2.0"
categories = {"safe"}

prerule = function() return true end

local checks = 0

local function eq(got, want)
  if got ~= want then
    error(("got %s, want %s"):format(tostring(got), tostring(want)), 2)
  end
  checks = checks + 1
end

local function raises(want, f, ...)
  local ok, err = pcall(f, ...)
  if ok or not tostring(err):find(want) then
    error(("got %s, want an error %s"):format(tostring(err), want), 2)
  end
  checks = checks + 1
end

local function open()
  return ssh.session_open("127.0.0.1", 2222)
end

local function opening(folder) -- luacheck: ignore 212
  raises("^ERROR$", ssh.session_open, "127.0.0.1", 1)
  raises("number expected, got table", ssh.session_open, "127.0.0.1", {number = 2222})
  local s = open()
  eq(ssh.hostkey_hash(s):match("^" .. ("%x%x:"):rep(19) .. "%x%x$") ~= nil, true)
  eq(ssh.hostkey_hash(s, "md5"):match("^" .. ("%x%x:"):rep(15) .. "%x%x$") ~= nil, true)
  raises("invalid option 'sha9'", ssh.hostkey_hash, s, "sha9")
  ssh.session_close(s)
  ssh.session_close(s)
  raises("session is closed", ssh.hostkey_hash, s)
  raises("ssh2 expected, got string", ssh.hostkey_hash, "s")
end

local function authentication(folder)
  local s = open()
  eq(table.concat(ssh.userauth_list(s, "root"), " "), "publickey password")
  eq(ssh.userauth_password(s, "root", "wrong"), false)
  local blob = ssh.read_publickey(folder .. "/good.pub")
  eq(blob:sub(5, 11), "ssh-rsa")
  raises("Error reading file", ssh.read_publickey, folder .. "/nothing")
  eq(ssh.publickey_canauth(s, "root", blob), true)
  eq(ssh.publickey_canauth(s, "root", ssh.read_publickey(folder .. "/other.pub")), false)
  raises("Invalid public key", ssh.publickey_canauth, s, "root", "junk")
  eq(ssh.userauth_publickey(s, "root", folder .. "/other"), false)
  eq(ssh.userauth_publickey(s, "root", folder .. "/good"), true)
  ssh.session_close(s)
end

local function channels(folder)
  local s = open()
  local file <close> = io.open(folder .. "/good")
  eq(ssh.userauth_publickey_frommemory(s, "root", file:read("a")), true)
  local ch = ssh.open_channel(s)
  ssh.channel_exec(s, ch, "cat; echo oops >&2")
  eq(ssh.channel_write(s, ch, "hello\n"), 6)
  eq(ssh.channel_eof(ch), false)
  ssh.channel_send_eof(s, ch)
  eq(ssh.channel_read(s, ch), "hello\n")
  eq(ssh.channel_read_stderr(s, ch), "oops\n")
  eq(ssh.channel_read(s, ch), nil)
  eq(ssh.channel_eof(ch), true)
  raises("Error sending nosuch request", ssh.channel_request, s, ch, "nosuch")
  ssh.channel_close(s, ch)

  local big = ssh.open_channel(s)
  local other = open()
  raises("channel of another session", ssh.channel_read, other, big)
  ssh.channel_exec(s, big, "seq 1 20000")
  local count = 0
  for data in function() return ssh.channel_read(s, big) end do
    count = count + #data
  end
  eq(count, 108894)
  ssh.session_close(s)
  raises("session is closed", ssh.channel_eof, big)
  -- One that is only forgotten must be freed whole, with its channels.
  ssh.userauth_publickey(other, "root", folder .. "/good")
  ssh.channel_exec(other, ssh.open_channel(other), "cat")
end

action = function()
  local folder = nmap.registry.args.folder
  opening(folder)
  authentication(folder)
  channels(folder)
  collectgarbage()
  collectgarbage()
  return checks .. " checks passed"
end
