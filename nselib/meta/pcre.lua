-- SPDX-License-Identifier: Apache-2.0
---@meta pcre

-- Perl's regular expressions over octets, on PCRE2, for scripts that still use them. Limits turn a
-- pattern that would never end into "no match".

local pcre = {}

---@class pcre.regex
local regex = {}

---First and last position of the match and its captures: strings, or false for an unset group, also
---under the names of named groups. Nothing without a match.
---@param s string
---@param start integer? one-based; negative counts from the end
---@param eflags integer?
---@return integer? first
---@return integer? last
---@return table<integer|string, string|false>? captures
function regex:match(s, start, eflags) end

---As match, but the captures are positions: { first1, last1, first2, last2, ... }.
---@param s string
---@param start integer?
---@param eflags integer?
---@return integer? first
---@return integer? last
---@return (integer|false)[]? offsets
function regex:exec(s, start, eflags) end

---Call f for each match until it returns true.
---@param s string
---@param f fun(match: string, captures: table): boolean?
---@param limit integer?
---@param eflags integer?
---@return integer count
function regex:gmatch(s, f, limit, eflags) end

---@param pattern string
---@param flags integer? a sum of pcre.flags()
---@param locale string? for character classes
---@return pcre.regex
function pcre.new(pattern, flags, locale) end

---@return table<string, integer>
function pcre.flags() end

---@return string
function pcre.version() end

return pcre
