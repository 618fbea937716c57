/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames: octets of packets for the tests of capture, and packets as flow and talk see them, made from a few words.
 */
#pragma once

#include "sensor/base/buf.h"
#include "sensor/model/packet.h"

/* Hosts 192.0.2.N and 2001:db8::N. */
struct addr host4(unsigned n);
struct addr host6(unsigned n);

/** Append headers to @p b; lengths are those of what is given. */
void put_ethernet(struct buf *b, unsigned from, unsigned to, unsigned type);
void put_ipv4(
    struct buf *b, unsigned from, unsigned to, unsigned proto, size_t len);
void put_ipv6(
    struct buf *b, unsigned from, unsigned to, unsigned proto, size_t len);
void put_udp(struct buf *b, unsigned sport, unsigned dport, size_t len);
void put_tcp(struct buf *b, unsigned sport, unsigned dport, uint32_t seq,
    uint32_t ack, unsigned flags);

/** A whole UDP or TCP frame from 192.0.2.@p from to 192.0.2.@p to. */
void put_udp_frame(struct buf *b, unsigned from, unsigned sport, unsigned to,
    unsigned dport, const char *payload);
void put_tcp_frame(struct buf *b, const struct packet *pkt);

/** A decoded TCP or UDP packet between 192.0.2.@p from and 192.0.2.@p to; the payload is borrowed. */
struct packet packet_of(
    unsigned proto, unsigned from, unsigned sport, unsigned to, unsigned dport);
struct packet packet_tcp(
    unsigned from, unsigned sport, unsigned to, unsigned dport, unsigned flags);
void packet_payload(struct packet *p, const void *data, size_t len);

/** Write a pcap file of @p n frames, a second apart; returns its path (in a fixed buffer). */
const char *frames_write(
    const char *name, uint32_t linktype, const struct buf *frames, size_t n);
