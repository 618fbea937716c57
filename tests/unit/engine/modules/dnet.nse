-- SPDX-License-Identifier: Apache-2.0
local nmap = require "nmap"

description = [[Checks of nmap.dnet and of capture sockets, each seen by the other over a veth pair.]]
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

-- UDP from 10.9.8.7:1 to an address, port 9.
local function udp(dst, text)
  return string.pack(">BBI2I2I2BBI2c4c4I2I2I2I2", 0x45, 0, 28 + #text, 1, 0, 64, 17, 0, "\10\9\8\7", dst,
    1, 9, 8 + #text, 0) .. text
end

local function ethernet(type, payload)
  return ("\255"):rep(6) .. "\2\0\x5e\0\0\1" .. string.pack(">I2", type) .. payload
end

local function capture(filter, snaplen)
  local s = nmap.new_socket()
  eq(select("#", s:pcap_open("vb", snaplen or 256, false, filter)), 0)
  s:set_timeout(2000)
  return s
end

local function capture_misuse()
  local s = nmap.new_socket()
  raises("not a pcap socket", s.pcap_receive, s)
  raises("can't open pcap reader on nosuch0", s.pcap_open, s, "nosuch0", 64, false, "")
  raises("can't open pcap reader on vb", s.pcap_open, s, "vb", 64, false, "no filter at all")
  raises("boolean expected", s.pcap_open, s, "vb", 64, 1, "")
  raises("bad device name", s.pcap_open, s, "", 64, false, "")
  s = capture("udp")
  raises("socket is already open", s.pcap_open, s, "vb", 64, false, "")
  local ok, err = s:send("x")
  eq(ok, false)
  eq(err, "invalid operation on pcap socket")
  s:set_timeout(50)
  ok, err = s:pcap_receive()
  eq(ok, nil)
  eq(err, "TIMEOUT")
  eq(s:pcap_close(), true)
  raises("not a pcap socket", s.pcap_receive, s)
  eq(select("#", s:pcap_open("any", 0, false, "udp")), 0)
  eq(s:close(), true)
end

local function frames()
  local d = nmap.new_dnet()
  raises("dnet ethernet interface is not open", d.ethernet_send, d, "x")
  raises("unable to open dnet on ethernet interface lo", d.ethernet_open, d, "lo")
  raises("unable to open dnet on ethernet interface nosuch0", d.ethernet_open, d, "nosuch0")
  eq(d:ethernet_close(), true)
  eq(d:ethernet_open("va"), true)
  local s = capture("udp port 9", 48)
  for i = 1, 3 do
    eq(d:ethernet_send(ethernet(0x800, udp("\255\255\255\255", ("x"):rep(100 * i)))), true)
  end
  for i = 1, 3 do
    local ok, len, l2, l3, time = s:pcap_receive()
    eq(ok, true)
    eq(len, 14 + 28 + 100 * i)
    eq(l2, ethernet(0x800, ""))
    eq(#l3, 48 - 14)
    eq(math.type(time), "float")
  end
  s:close()
  local ok, err = d:ethernet_send(ethernet(0x800, udp("\255\255\255\255", ("x"):rep(3000))))
  eq(ok, false)
  eq(err, "netutil_eth_send error: -1")
  d:ethernet_close()
end

local function gate()
  local d = nmap.new_dnet()
  local s = capture("ip")
  eq(d:ethernet_open("va"), true)
  -- Outside the scope, and a protocol without addresses.
  eq((d:ethernet_send(ethernet(0x800, udp("\10\9\8\9", "no")))), false)
  eq((d:ethernet_send(ethernet(0x88b5, "no"))), false)
  eq((d:ip_send(udp("\10\9\8\9", "no"))), false)
  eq((d:ip_send(udp("\127\0\0\1", "no"), "10.9.8.9")), false)
  s:set_timeout(100)
  eq((s:pcap_receive()), nil)
  s:close()
end

local function packets()
  local d = nmap.new_dnet()
  for _, junk in ipairs { "", "x", ("\0"):rep(40), udp("\127\0\0\1", "x"):sub(1, -2) } do
    raises("can't parse ip packet", d.ip_send, d, junk)
  end
  eq(d:ip_open(), true)
  local s = nmap.new_socket()
  s:pcap_open("lo", 256, false, "udp port 9")
  s:set_timeout(2000)
  eq(d:ip_send(udp("\127\0\0\1", "one"), "127.0.0.1"), true)
  eq(d:ip_send(udp("\127\0\0\1", "two"), { ip = "127.0.0.1" }), true)
  eq(d:ip_close(), true)
  eq(d:ip_close(), true)
  eq(d:ip_send(udp("\127\0\0\1", "three")), true)
  for _, text in ipairs { "one", "two", "three" } do
    eq(select(4, s:pcap_receive()):sub(29), text)
  end
  eq((d:ip_send(udp("\127\0\0\1", "x"), "::1")), false)
  raises("host table lacks", d.ip_send, d, udp("\127\0\0\1", "x"), {})
end

local function interfaces()
  local info = nmap.get_interface_info("va")
  eq(info.device, "va")
  eq(info.shortname, "va")
  eq(info.address, "10.9.8.7")
  eq(info.netmask, 24)
  eq(info.broadcast, "10.9.8.255")
  eq(info.link, "ethernet")
  eq(info.mac, "\2\0\x5e\0\0\1")
  eq(info.up, "up")
  eq(math.type(info.mtu), "integer")
  eq(nmap.dnet.get_interface_info("lo").mac, nil)
  raises("not found", nmap.get_interface_info, "nosuch0")
  raises("device name too long", nmap.get_interface_info, ("x"):rep(40))
  local seen = {}
  for _, i in ipairs(nmap.list_interfaces()) do
    seen[i.device .. " " .. tostring(i.address)] = i
  end
  eq(seen["va fd00::7"].netmask, 64)
  eq(seen["va fd00::7"].broadcast, nil)
  eq(seen["lo 127.0.0.1"].link, "loopback")
end

action = function()
  capture_misuse()
  frames()
  gate()
  packets()
  interfaces()
  return checks .. " checks passed"
end
