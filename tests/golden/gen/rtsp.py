#!/usr/bin/env python3
"""RTSP: a camera that names its software, on an odd port; midstream."""
from wire import A, B, C, Pcap, Tcp

with Pcap("rtsp") as cap:
    tcp = Tcp(cap, A, 40000, B, 10554).open()
    tcp.c("OPTIONS rtsp://192.0.2.20/live RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    tcp.s("RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: ExampleCam/4.2\r\nPublic: DESCRIBE\r\n\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 8554)
    tcp.s("RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n\r\n")
