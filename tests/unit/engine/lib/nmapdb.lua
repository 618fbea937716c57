-- SPDX-License-Identifier: Apache-2.0
-- The nmapdb module over a small data folder, tests/unit/engine/lib/data.
local nmapdb = require "nmapdb"
local expect = dofile("tests/unit/engine/lib/expect.lua")
local eq, raises = expect.eq, expect.raises

return {
  { "services by port and protocol", function()
    eq(nmapdb.getservbyport(80, "tcp"), "http")
    eq(nmapdb.getservbyport(53, "udp"), "domain")
    eq(nmapdb.getservbyport(80.0, "tcp"), "http")
    eq(nmapdb.getservbyport(4, "tcp"), nil)
    eq(nmapdb.getservbyport(65535, "sctp"), nil)
    raises("Port number out of range", nmapdb.getservbyport, -1, "tcp")
    raises("Port number out of range", nmapdb.getservbyport, 65536, "tcp")
    raises("invalid option 'icmp'", nmapdb.getservbyport, 80, "icmp")
  end },

  { "protocols both ways", function()
    eq(nmapdb.getprotbynum(6), "tcp")
    eq(nmapdb.getprotbyname("udp"), 17)
    eq(nmapdb.getprotbyname("TCP"), nil)
    eq(nmapdb.getprotbynum(200), nil)
    raises("Protocol number out of range", nmapdb.getprotbynum, 256)
    raises("Protocol number out of range", nmapdb.getprotbynum, -1)
  end },

  { "makers by raw octets and by digits, the longest prefix first", function()
    eq(nmapdb.mac2corp("\x02\x00\x5e\x01\x02\x03"), "Six Digits Ltd")
    eq(nmapdb.mac2corp("02:00:5e:01:02:03"), "Six Digits Ltd")
    eq(nmapdb.mac2corp("02005E010203"), "Six Digits Ltd")
    eq(nmapdb.mac2corp("02005e124456"), "Seven Digits Ltd")
    eq(nmapdb.mac2corp("02005e123789"), "Nine Digits Ltd")
    eq(nmapdb.mac2corp("ffffffffffff"), nil)
  end },

  { "six characters are raw octets, anything else raises", function()
    eq(nmapdb.mac2corp("02005e"), nil)
    for _, bad in ipairs { "", "02005e0102", "02-00-5e-01-02-03", "02005e01020304", "0g005e010203",
      ":02005e010203" } do
      raises("Expected a 6%-byte MAC address", nmapdb.mac2corp, bad)
    end
  end },
}
