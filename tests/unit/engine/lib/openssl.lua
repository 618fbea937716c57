-- SPDX-License-Identifier: Apache-2.0
-- The openssl module: vectors of public documents and of peers observed, and every way it refuses.
local openssl = require "openssl"

local expect = dofile("tests/unit/engine/lib/expect.lua")
local eq, raises, hex = expect.eq, expect.raises, expect.hex

local k, i, d = ("k"):rep(16), ("i"):rep(16), ("d"):rep(16)

return {
  { "digests of the standard strings", function()
    eq(hex(openssl.md5("abc")), "900150983cd24fb0d6963f7d28e17f72")
    eq(hex(openssl.md5("")), "d41d8cd98f00b204e9800998ecf8427e")
    eq(hex(openssl.sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d")
    eq(hex(openssl.ripemd160("abc")), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")
    eq(hex(openssl.digest("sha256", "")),
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  end },

  { "digest names are OpenSSL's, in any case, with aliases", function()
    for _, name in ipairs { "SHA256", "sha3-256", "blake2b512", "rmd160", "md5-sha1", "RSA-SHA1",
      "shake128" } do
      assert(#openssl.digest(name, "x") >= 16, name)
    end
    eq(#openssl.digest("shake128", "x"), 16)
    eq(openssl.digest("Sha1", "q"), openssl.sha1("q"))
    raises("Unknown digest algorithm: nope", openssl.digest, "nope", "x")
    raises("Unknown digest algorithm: md2", openssl.digest, "md2", "x")
    raises("bad argument", openssl.digest, "md5")
    raises("bad argument", openssl.md5)
  end },

  { "legacy algorithms work", function()
    eq(hex(openssl.md4("abc")), "a448017aaf21d8525fc10ae87aa6729d")
    eq(#openssl.digest("whirlpool", "abc"), 64)
    eq(hex(openssl.encrypt("rc4", "abcde", nil, "hello")), "229f2d42de")
    eq(hex(openssl.encrypt("rc4", k, nil, d)), "0b86c435a3abc2eaff0280da92a42527")
    eq(hex(openssl.encrypt("cast5-cbc", k, "iiiiiiii", d)), "7d41e589dee471e77ef173b375b216d5")
    eq(hex(openssl.encrypt("des-ecb", "kkkkkkkk", nil, d)), ("b647f1d58abd23a6"):rep(2))
    eq(hex(openssl.encrypt("des-cbc", "kkkkkkkk", "iiiiiiii", d)),
      "b8f7bbc8aada99db2545fdafeff08f0b")
    eq(openssl.encrypt("DES", "kkkkkkkk", "iiiiiiii", d),
      openssl.encrypt("des-cbc", "kkkkkkkk", "iiiiiiii", d))
  end },

  { "hmac of RFC 2202 and RFC 4231", function()
    eq(hex(openssl.hmac("md5", "Jefe", "what do ya want for nothing?")),
      "750c783e6ab0b503eaa86e310a5db738")
    eq(hex(openssl.hmac("sha256", "Jefe", "what do ya want for nothing?")),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    eq(hex(openssl.hmac("md5", "", "")), "74e6f7298a9c2d168935f58c001bad88")
    raises("Unknown digest algorithm", openssl.hmac, "nope", "k", "d")
  end },

  { "aes vectors, with and without padding", function()
    eq(hex(openssl.encrypt("aes-128-cbc", k, i, d)), "252b2434dba11ac7a767d883b1ff72b4")
    eq(hex(openssl.encrypt("aes-128-cbc", k, i, "d", true)), "0901d7438fba46b169ab8b7f0d1be413")
    eq(hex(openssl.encrypt("AES-128-CBC", k, nil, d)), "5a54ef77f49f285e48e2f538863ec430")
    eq(openssl.encrypt("aes-128-cbc", k, "", d), openssl.encrypt("aes-128-cbc", k, nil, d))
    eq(openssl.decrypt("aes-128-cbc", k, i, openssl.encrypt("aes-128-cbc", k, i, d)), d)
    eq(openssl.decrypt("aes-128-cbc", k, i, openssl.encrypt("aes-128-cbc", k, i, "xyz", true), true),
      "xyz")
    eq(openssl.encrypt("aes-128-cbc", k, i, ""), "")
  end },

  { "cipher misuse raises and does not crash", function()
    raises("Unknown cipher algorithm: nope", openssl.encrypt, "nope", k, i, d)
    raises("Length of iv is 3; should be 16", openssl.encrypt, "aes-128-cbc", k, "iii", d)
    raises("OpenSSL error: ", openssl.encrypt, "aes-128-cbc", "short", i, d)
    raises("OpenSSL error: ", openssl.encrypt, "aes-128-cbc", k, i, "partial")
    raises("OpenSSL error: ", openssl.decrypt, "aes-128-cbc", k, i, d, true)
    raises("bad argument #2", openssl.encrypt, "aes-128-cbc")
  end },

  { "DES_string_to_key spreads 56 bits", function()
    eq(hex(openssl.DES_string_to_key("\1\2\3\4\5\6\7")), "008080604028180e")
    eq(hex(openssl.DES_string_to_key("SECRET1")), "52a2506a242a5062")
    raises("String must have length of 7 bytes%.", openssl.DES_string_to_key, "12345678")
  end },

  { "names are listed in order", function()
    for _, list in ipairs { openssl.supported_digests(), openssl.supported_ciphers() } do
      assert(#list > 40, #list)
      for n = 2, #list do
        assert(list[n - 1] <= list[n], list[n])
      end
    end
  end },

  { "random octets", function()
    eq(#openssl.rand_bytes(33), 33)
    eq(openssl.rand_bytes(0), "")
    eq(#openssl.rand_pseudo_bytes(5), 5)
    assert(openssl.rand_bytes(16) ~= openssl.rand_bytes(16))
    raises("Couldn't allocate memory", openssl.rand_bytes, -1)
  end },

  { "bignum text forms", function()
    local b = openssl.bignum_dec2bn("12")
    eq(tostring(b), "0C")
    eq(b:tohex(), "0C")
    eq(openssl.bignum_bn2hex(b), "0C")
    eq(tostring(openssl.bignum_hex2bn("10001")), "010001")
    eq(tostring(openssl.bignum_dec2bn("0")), "0")
    eq(tostring(openssl.bignum_dec2bn("-5")), "-05")
    eq(openssl.bignum_dec2bn("-5"):todec(), "-5")
    eq(openssl.bignum_dec2bn("12abc"):todec(), "12")
    eq(openssl.bignum_dec2bn(""):todec(), "0")
    eq(openssl.bignum_hex2bn("0xff"):todec(), "0")
    eq(openssl.bignum_hex2bn("fFfF"):todec(), "65535")
    local long = ("9"):rep(400)
    eq(openssl.bignum_dec2bn(long):todec(), long)
  end },

  { "bignum octets and mpi", function()
    eq(openssl.bignum_bin2bn(""):todec(), "0")
    eq(openssl.bignum_dec2bn("0"):tobin(), "")
    eq(openssl.bignum_bin2bn("\0\1\0"):todec(), "256")
    eq(openssl.bignum_bn2bin(openssl.bignum_dec2bn("256")), "\1\0")
    eq(hex(openssl.bignum_bn2mpi(openssl.bignum_dec2bn("128"))), "000000020080")
    eq(hex(openssl.bignum_dec2bn("-128"):tompi()), "000000028080")
    eq(hex(openssl.bignum_dec2bn("0"):tompi()), "00000000")
  end },

  { "bignum bits", function()
    local b = openssl.bignum_dec2bn("5")
    eq(b:num_bits(), 3)
    eq(b:num_bytes(), 1)
    eq(openssl.bignum_num_bits(openssl.bignum_dec2bn("0")), 0)
    eq(b:is_bit_set(0), true)
    eq(b:is_bit_set(1), false)
    eq(openssl.bignum_is_bit_set(b, 100), false)
    eq(select("#", b:set_bit(1)), 0)
    eq(b:todec(), "7")
    openssl.bignum_clear_bit(b, 0)
    eq(b:todec(), "6")
    b:clear_bit(500)
    b:set_bit(-1)
    eq(b:todec(), "6")
    for _ = 1, 20 do
      assert(openssl.bignum_rand(10):num_bits() <= 10)
      assert(openssl.bignum_pseudo_rand(64):num_bits() <= 64)
    end
    raises("out of range", openssl.bignum_rand, -1)
  end },

  { "bignum arithmetic, with zero as divisor", function()
    local function n(s) return openssl.bignum_dec2bn(s) end
    eq(openssl.bignum_add(n "7", n "-10"):todec(), "-3")
    eq(openssl.bignum_mod_exp(n "4", n "13", n "497"):todec(), "445")
    eq(openssl.bignum_mod_exp(n "4", n "13", n "0"):todec(), "0")
    local q, r = openssl.bignum_div(n "17", n "5")
    eq(q:todec() .. "," .. r:todec(), "3,2")
    q, r = openssl.bignum_div(n "17", n "0")
    eq(q:todec() .. "," .. r:todec(), "0,0")
    assert(n "3" ~= n "3", "two objects are never equal")
  end },

  { "primes and safe primes", function()
    local function safe(s)
      local a, b = openssl.bignum_is_safe_prime(openssl.bignum_dec2bn(s))
      return tostring(a) .. " " .. tostring(b)
    end
    eq(safe "23", "true true")
    eq(safe "13", "false true")
    eq(safe "15", "false false")
    eq(openssl.bignum_is_prime(openssl.bignum_dec2bn("104729")), true)
    eq(openssl.bignum_dec2bn("104730"):is_prime(), false)
  end },

  { "a wrong object is refused by name", function()
    raises("BIGNUM expected, got string", openssl.bignum_bn2hex, "12")
    raises("BIGNUM expected, got no value", openssl.bignum_add, openssl.bignum_dec2bn("1"))
    raises("BIGNUM expected", openssl.bignum_num_bits, io.stdout)
  end },

  { "every documented function is there", function()
    local count = 0
    for name, f in pairs(openssl) do
      assert(type(f) == "function", name)
      count = count + 1
    end
    eq(count, 32)
  end },
}
