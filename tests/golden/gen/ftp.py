#!/usr/bin/env python3
"""FTP: greeting, passive, active and extended data channels (which are no services), one behind NAT."""
from wire import A, B, C, Pcap, Tcp

with Pcap("ftp") as cap:
    tcp = Tcp(cap, A, 40000, B, 21).open()
    tcp.s("220 Example FTP server 1.3 ready.\r\n")
    tcp.c("USER anonymous\r\n")
    tcp.s("331 password?\r\n")
    tcp.c("PASS x\r\n")
    tcp.s("230 in\r\n")
    tcp.c("PASV\r\n")
    tcp.s("227 Entering Passive Mode (192,0,2,20,195,80)\r\n")
    data = Tcp(cap, A, 40001, B, 195 * 256 + 80).open()
    data.s("file content\n")
    data.close()
    tcp.c("EPSV\r\n")
    tcp.s("229 Entering Extended Passive Mode (|||50001|)\r\n")
    data = Tcp(cap, A, 40002, B, 50001).open()
    data.s("more content\n")
    data.close()
    tcp.c("PORT 192,0,2,10,156,80\r\n")
    tcp.s("200 ok\r\n")
    data = Tcp(cap, B, 20, A, 156 * 256 + 80).open()
    data.c("third content\n")
    data.close()
    # Its private address is announced through NAT; the connection goes to the public one.
    tcp.c("PASV\r\n")
    tcp.s("227 Entering Passive Mode (10,0,0,5,195,90).\r\n")
    data = Tcp(cap, A, 40003, B, 195 * 256 + 90).open()
    data.s("fourth\n")
    data.close()
    tcp.close()
    # Numbers out of range announce nothing.
    tcp = Tcp(cap, A, 40010, C, 2121).open()
    tcp.s("220-FTP of C\r\n220 ready\r\n")
    tcp.c("PASV\r\n")
    tcp.s("227 Entering Passive Mode (192,0,2,300,195,80)\r\n")
    tcp.close()
