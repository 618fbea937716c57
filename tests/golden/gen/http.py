#!/usr/bin/env python3
"""HTTP: an odd port, a head in pieces, a 100-continue, midstream pick-up, CONNECT, and RTSP that is not HTTP."""
from wire import A, B, C, Pcap, Tcp

with Pcap("http") as cap:
    tcp = Tcp(cap, A, 40000, B, 18080).open()
    tcp.c("GET /index.html HTTP/1.1\r\nHost: www.example.org:18080\r\nUser-Agent: probe/1.0\r\n\r\n")
    tcp.s("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: exam")
    tcp.s("ple/2.4.1 (Unix)\r\n\r\nhello")
    tcp.close()
    tcp = Tcp(cap, A, 40001, B, 80).open()
    tcp.c("POST /upload HTTP/1.1\r\nHost: 192.0.2.20\r\nExpect: 100-continue\r\n\r\n")
    tcp.s("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nSERVER:\tother/3\r\n\r\n")
    tcp.close()
    # Midstream: only the response is heard, and it tells who serves.
    tcp = Tcp(cap, A, 40002, C, 8088)
    tcp.s("HTTP/1.0 404 Not Found\r\nServer: tiny/0.9\r\n\r\n")
    # A proxy: what follows the 200 is another protocol.
    tcp = Tcp(cap, A, 40003, C, 3128).open()
    tcp.c("CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n")
    tcp.s("HTTP/1.1 200 Connection established\r\nServer: proxy/6\r\n\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40004, C, 554).open()
    tcp.c("OPTIONS rtsp://192.0.2.30/ RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    tcp.s("RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: camera/1\r\n\r\n")
    tcp.close()
    # HTTP over IPv6, and a server that says nothing of itself.
    tcp = Tcp(cap, A, 40005, B, 80, v6=True).open()
    tcp.c("HEAD / HTTP/1.1\r\nHost: v6.example.org\r\n\r\n")
    tcp.s("HTTP/1.1 204 No Content\r\n\r\n")
    tcp.close()
