-- SPDX-License-Identifier: Apache-2.0
---@meta openssl

-- Digests, MACs, ciphers, random octets and big numbers. Every function raises on misuse; the text
-- of OpenSSL's own failures starts with "OpenSSL error: ". Algorithms of its legacy provider (MD4, DES,
-- RC4 ...) are there when that provider is installed.

local openssl = {}

---A big number. Two equal numbers are two objects; tostring() gives hexadecimal.
---@class openssl.bignum
local bignum = {}

---@return string octets big-endian magnitude, minimal; "" for zero
function bignum:tobin() end

---@return string digits
function bignum:todec() end

---@return string digits upper case, an even number of them; "0" for zero
function bignum:tohex() end

---@return string octets four of length, then the signed magnitude
function bignum:tompi() end

---@return integer
function bignum:num_bits() end

---@return integer
function bignum:num_bytes() end

---@param bit integer 0 is the least
---@return boolean
function bignum:is_bit_set(bit) end

---Changes the number in place; a bit out of range is ignored.
---@param bit integer
function bignum:set_bit(bit) end

---Changes the number in place; a bit out of range is ignored.
---@param bit integer
function bignum:clear_bit(bit) end

---@return boolean
function bignum:is_prime() end

---@return boolean safe
---@return boolean prime
function bignum:is_safe_prime() end

---@param data string
---@return string digest raw octets
function openssl.md4(data) end

---@param data string
---@return string digest raw octets
function openssl.md5(data) end

---@param data string
---@return string digest raw octets
function openssl.sha1(data) end

---@param data string
---@return string digest raw octets
function openssl.ripemd160(data) end

---@param algorithm string OpenSSL's name or alias, in any case
---@param data string
---@return string digest raw octets
function openssl.digest(algorithm, data) end

---@param algorithm string OpenSSL's name or alias, in any case
---@param key string
---@param data string
---@return string mac raw octets
function openssl.hmac(algorithm, key, data) end

---@return string[] names sorted
function openssl.supported_digests() end

---@return string[] names sorted
function openssl.supported_ciphers() end

---@param algorithm string OpenSSL's name or alias, in any case
---@param key string its length becomes the cipher's key length
---@param iv string? nil or "" is all zero
---@param data string
---@param padding boolean? PKCS#7; without it, whole blocks only
---@return string
function openssl.encrypt(algorithm, key, iv, data, padding) end

---@param algorithm string OpenSSL's name or alias, in any case
---@param key string its length becomes the cipher's key length
---@param iv string? nil or "" is all zero
---@param data string
---@param padding boolean? PKCS#7; without it, whole blocks only
---@return string
function openssl.decrypt(algorithm, key, iv, data, padding) end

---@param s string seven octets
---@return string key eight octets, seven bits in each
function openssl.DES_string_to_key(s) end

---@param n integer
---@return string octets
function openssl.rand_bytes(n) end

---@param n integer
---@return string octets
function openssl.rand_pseudo_bytes(n) end

---@param s string big-endian magnitude
---@return openssl.bignum
function openssl.bignum_bin2bn(s) end

---@param s string leading digits count; without any it is zero
---@return openssl.bignum
function openssl.bignum_dec2bn(s) end

---@param s string leading digits count; without any it is zero
---@return openssl.bignum
function openssl.bignum_hex2bn(s) end

---@param bits integer
---@return openssl.bignum n below 2^bits
function openssl.bignum_rand(bits) end

---@param bits integer
---@return openssl.bignum n below 2^bits
function openssl.bignum_pseudo_rand(bits) end

---@param a openssl.bignum
---@param b openssl.bignum
---@return openssl.bignum sum
function openssl.bignum_add(a, b) end

---@param a openssl.bignum
---@param p openssl.bignum
---@param m openssl.bignum zero gives zero
---@return openssl.bignum result
function openssl.bignum_mod_exp(a, p, m) end

---@param a openssl.bignum
---@param b openssl.bignum zero gives zero twice
---@return openssl.bignum quotient
---@return openssl.bignum remainder
function openssl.bignum_div(a, b) end

---@param b openssl.bignum
---@return string octets big-endian magnitude, minimal; "" for zero
function openssl.bignum_bn2bin(b) end

---@param b openssl.bignum
---@return string digits
function openssl.bignum_bn2dec(b) end

---@param b openssl.bignum
---@return string digits upper case, an even number of them; "0" for zero
function openssl.bignum_bn2hex(b) end

---@param b openssl.bignum
---@return string octets four of length, then the signed magnitude
function openssl.bignum_bn2mpi(b) end

---@param b openssl.bignum
---@return integer
function openssl.bignum_num_bits(b) end

---@param b openssl.bignum
---@return integer
function openssl.bignum_num_bytes(b) end

---@param b openssl.bignum
---@param bit integer 0 is the least
---@return boolean
function openssl.bignum_is_bit_set(b, bit) end

---Changes the number in place; a bit out of range is ignored.
---@param b openssl.bignum
---@param bit integer
function openssl.bignum_set_bit(b, bit) end

---Changes the number in place; a bit out of range is ignored.
---@param b openssl.bignum
---@param bit integer
function openssl.bignum_clear_bit(b, bit) end

---@param b openssl.bignum
---@return boolean
function openssl.bignum_is_prime(b) end

---@param b openssl.bignum
---@return boolean safe
---@return boolean prime
function openssl.bignum_is_safe_prime(b) end

return openssl
