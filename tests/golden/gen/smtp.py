#!/usr/bin/env python3
"""SMTP: a greeting of two lines, an odd port told by EHLO, a refusal, and mail data that looks like replies."""
from wire import A, B, C, Pcap, Tcp

with Pcap("smtp") as cap:
    tcp = Tcp(cap, A, 40000, B, 25).open()
    tcp.s("220-mail.example.org ESMTP Example 4.2\r\n220 no junk please\r\n")
    tcp.c("EHLO client.example.org\r\n")
    tcp.s("250-mail.example.org\r\n250 SIZE 1000000\r\n")
    tcp.c("MAIL FROM:<a@example.org>\r\n")
    tcp.s("250 ok\r\n")
    tcp.c("DATA\r\n")
    tcp.s("354 go on\r\n")
    tcp.c("Subject: x\r\n\r\n220 not a greeting\r\n.\r\n")
    tcp.s("250 taken\r\n")
    tcp.close()
    # The greeting could be anything; the client's command decides.
    tcp = Tcp(cap, A, 40001, B, 10025).open()
    tcp.s("220 welcome\r\n")
    tcp.c("HELO me\r\n")
    tcp.s("250 hello\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 25).open()
    tcp.s("554 no SMTP service here\r\n")
    tcp.close()
