-- SPDX-License-Identifier: Apache-2.0
---@meta libssh2

-- SSH sessions. Every call may wait; a socket that fails raises its bare word: "TIMEOUT", "EOF", "ERROR".

local libssh2 = {}

---@class libssh2.session
local session = {}

---@class libssh2.channel
local channel = {}

---Connects and shakes hands.
---@param host string|table as socket:connect takes it
---@param port integer
---@return libssh2.session
function libssh2.session_open(host, port) end

---@param session libssh2.session
function libssh2.session_close(session) end

---Without effect on calls that wait: the socket's 30 seconds count.
---@param session libssh2.session
---@param ms integer
function libssh2.set_timeout(session, ms) end

---@param session libssh2.session
---@param algorithm "sha1"|"md5"?
---@return string hash upper-case pairs with colons
function libssh2.hostkey_hash(session, algorithm) end

---@param session libssh2.session
---@param user string
---@return string[]|"none_auth"|false methods
---@return string? err
function libssh2.userauth_list(session, user) end

---@param session libssh2.session
---@return string?
function libssh2.userauth_banner(session) end

---@param session libssh2.session
---@param user string
---@param password string
---@return boolean
function libssh2.userauth_password(session, user, password) end

---@param session libssh2.session
---@param user string
---@param private string file
---@param passphrase string?
---@param public string? file
---@return boolean
function libssh2.userauth_publickey(session, user, private, passphrase, public) end

---@param session libssh2.session
---@param user string
---@param private string
---@param passphrase string?
---@param public string?
---@return boolean
function libssh2.userauth_publickey_frommemory(session, user, private, passphrase, public) end

---@param session libssh2.session
---@param user string
---@param callback fun(user: string, name: string, instruction: string, prompts: string[]): string[] must not wait
---@return boolean
function libssh2.userauth_keyboard_interactive(session, user, callback) end

---Would the server take this key? Needs no private key. Raises for what is no key.
---@param session libssh2.session
---@param user string
---@param blob string of read_publickey
---@return boolean
function libssh2.publickey_canauth(session, user, blob) end

---@param file string
---@return string blob
function libssh2.read_publickey(file) end

---@param session libssh2.session
---@param no_pty boolean?
---@return libssh2.channel
function libssh2.open_channel(session, no_pty) end

---@param session libssh2.session
---@param channel libssh2.channel
---@param term string
---@param modes string?
---@param width integer
---@param height integer
---@param width_px integer
---@param height_px integer
function libssh2.channel_request_pty_ex(session, channel, term, modes, width, height, width_px, height_px) end

---@param session libssh2.session
---@param channel libssh2.channel
---@param request string? "shell"
---@param message string?
function libssh2.channel_request(session, channel, request, message) end

---@param session libssh2.session
---@param channel libssh2.channel
function libssh2.channel_shell(session, channel) end

---@param session libssh2.session
---@param channel libssh2.channel
---@param command string
function libssh2.channel_exec(session, channel, command) end

---@param session libssh2.session
---@param channel libssh2.channel
---@return string? data up to 2048 octets; nil at the end
function libssh2.channel_read(session, channel) end

---@param session libssh2.session
---@param channel libssh2.channel
---@return string? data
function libssh2.channel_read_stderr(session, channel) end

---@param session libssh2.session
---@param channel libssh2.channel
---@param data string
---@return integer count may be less than all
function libssh2.channel_write(session, channel, data) end

---@param session libssh2.session
---@param channel libssh2.channel
function libssh2.channel_send_eof(session, channel) end

---@param channel libssh2.channel
---@return boolean
function libssh2.channel_eof(channel) end

---@param session libssh2.session
---@param channel libssh2.channel
function libssh2.channel_close(session, channel) end

return libssh2
