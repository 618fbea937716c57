#!/usr/bin/env python3
"""SSDP: an announcement, a search and its answer, a location at somebody else's address."""
from wire import A, B, C, Pcap

GROUP = "239.255.255.250"


def notify(location, server):
    return ("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nLOCATION: %s\r\nNTS: ssdp:alive\r\nSERVER: %s\r\n\r\n"
            % (location, server)).encode()


with Pcap("ssdp") as cap:
    cap.udp(A, 1900, None, 1900, notify("http://192.0.2.10:49152/d.xml", "Linux/5.10 UPnP/1.0 Example/2.1"), to=GROUP)
    cap.udp(B, 40000, None, 1900, b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\n\r\n', to=GROUP)
    cap.udp(C, 1900, B, 40000, b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nServer: Camera/3\r\n"
            b"Location: http://192.0.2.99/x.xml\r\n\r\n")
