#!/usr/bin/env python3
"""mDNS: own name and service, the other address family, a known-answer list, a reflector, a goodbye."""
from dnswire import PTR, SRV, address, message, name, question, record, srv
from wire import A, B, C, Pcap

GROUP, GROUP6 = "224.0.0.251", "ff02::fb"
FLUSH = 0x8001
with Pcap("mdns") as cap:
    service = "Office printer._ipp._tcp.local"
    cap.udp(B, 5353, None, 5353, message(0, 0, [question("_ipp._tcp.local", PTR)]), to=GROUP, ttl=255)
    cap.udp(A, 5353, None, 5353, message(0, 0x8400, [], [
        record("_ipp._tcp.local", PTR, name(service), ttl=4500),
        srv(service, 631, "printer.local", cls=FLUSH),
        address("printer.local", A.ip4, cls=FLUSH), address("printer.local", A.ip6, cls=FLUSH)]), to=GROUP, ttl=255)
    # A query that lists what it knows already says nothing about its sender.
    cap.udp(B, 5353, None, 5353, message(0, 0, [question("x.local", 1)], [address("x.local", B.ip4)]),
            to=GROUP, ttl=255)
    # A reflector repeats what C said: the address is not its own, so neither is the port.
    cap.udp(B, 5353, None, 5353, message(0, 0x8400, [], [
        srv("Shelf._smb._tcp.local", 445, "shelf.local"), address("shelf.local", C.ip4)]), to=GROUP, ttl=255)
    # Not from port 5353: no responder.
    cap.udp(C, 40000, None, 5353, message(0, 0x8400, [], [address("forged.local", C.ip4)]), to=GROUP, ttl=255)
    # Goodbye: the name is given up.
    cap.udp(C, 5353, None, 5353, message(0, 0x8400, [], [address("gone.local", C.ip4, ttl=0)]), to=GROUP, ttl=255)
    cap.udp(C, 5353, None, 5353, message(0, 0x8400, [], [address("desk.local", C.ip6, cls=FLUSH)]),
            v6=True, to=GROUP6, ttl=255)
