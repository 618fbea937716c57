#!/usr/bin/env python3
"""LLMNR: a query and its answer; a conflicting and a tentative answer name nobody."""
from dnswire import A as TYPE_A, address, message, question
from wire import A, B, C, Pcap

with Pcap("llmnr") as cap:
    cap.udp(A, 50000, None, 5355, message(7, 0, [question("DESK-9", TYPE_A)]), to="224.0.0.252", ttl=1)
    cap.udp(B, 5355, A, 50000, message(7, 0x8000, [question("DESK-9", TYPE_A)], [address("DESK-9", B.ip4, ttl=30)]))
    cap.udp(C, 5355, A, 50000, message(7, 0x8400, [question("CONFLICT", TYPE_A)], [address("CONFLICT", C.ip4)]))
    cap.udp(C, 5355, A, 50000, message(7, 0x8100, [question("TENTATIVE", TYPE_A)], [address("TENTATIVE", C.ip4)]))
    # Somebody looks for a name: the name is not his.
    cap.udp(C, 50001, None, 5355, message(8, 0, [question("WPAD", TYPE_A)]), to="224.0.0.252", ttl=1)
