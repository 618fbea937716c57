#!/usr/bin/env python3
"""SIP: a registration and its answer, an OPTIONS ping over TCP on an odd port, HTTP that is not SIP."""
from wire import A, B, C, Pcap, Tcp

with Pcap("sip") as cap:
    cap.udp(A, 5060, B, 5060, b"REGISTER sip:example.org SIP/2.0\r\nUser-Agent: phone/7.1\r\nContent-Length: 0\r\n\r\n")
    cap.udp(B, 5060, A, 5060, b"SIP/2.0 401 Unauthorized\r\nServer: example-pbx (4.4)\r\n\r\nServer: not this\r\n")
    tcp = Tcp(cap, A, 40000, C, 15060).open()
    tcp.c("OPTIONS sip:c.example.org SIP/2.0\r\n\r\n")
    tcp.s("SIP/2.0 200 OK\r\nuser-agent:  gateway 2\r\n\r\n")
    tcp.close()
    cap.udp(A, 40001, C, 5060, b"\r\n\r\n")
    tcp = Tcp(cap, A, 40002, C, 8080).open()
    tcp.c("OPTIONS * HTTP/1.1\r\nHost: c.example.org\r\n\r\n")
    tcp.s("HTTP/1.1 200 OK\r\n\r\n")
    tcp.close()
