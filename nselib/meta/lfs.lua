-- SPDX-License-Identifier: Apache-2.0
---@meta lfs

-- A little of LuaFileSystem: what scripts of the field use.

local lfs = {}

---@class lfs.directory
local directory = {}

---@return string? name nil at the end, which also closes
function directory:next() end

function directory:close() end

---For the generic for; yields "." and ".." too. Raises when the folder cannot be opened.
---@param path string
---@return fun(directory: lfs.directory): string? iterator
---@return lfs.directory directory
function lfs.dir(path) end

---@param path string
---@return true?
---@return string? err
---@return integer? errno
function lfs.mkdir(path) end

---@param path string
---@return true?
---@return string? err
---@return integer? errno
function lfs.rmdir(path) end

---@param old string
---@param new string
---@param symbolic boolean?
---@return true?
---@return string? err
---@return integer? errno
function lfs.link(old, new, symbolic) end

---@return string
function lfs.get_path_separator() end

return lfs
