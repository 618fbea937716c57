/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet: a borrowed, read-only view of captured octets with what the headers
 * said.
 *
 * One capture record can hold several packets (tunnels): each level is shown
 * as a packet of its own, with the addresses of that level, the same frame
 * number and a deeper `depth`. The octets die when capture asks its source
 * for the next record; nobody keeps a pointer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"

/* What hostile input is, instead of an error: a word and a counter. */
enum verdict {
	VERDICT_OK,
	VERDICT_TRUNCATED, /* ends inside a field: what was read so far holds */
	VERDICT_MALFORMED, /* breaks its specification: nothing of it holds */
	VERDICT_UNSUPPORTED /* not a protocol that is known here */
};

/* What the frame carries, and what proto_key means then. */
enum packet_net {
	PACKET_NET_ETHERTYPE, /* proto_key: the ethertype */
	PACKET_NET_SNAP,      /* proto_key: OUI << 16 | protocol id */
	PACKET_NET_LLC,	      /* proto_key: DSAP << 8 | SSAP */
	PACKET_NET_IP	      /* IPv4 or IPv6: src, dst and ip_proto are set */
};

enum packet_l4 {
	PACKET_L4_NONE, /* no IP, or not decoded: payload is behind L3 */
	PACKET_L4_FRAG, /* a fragment: no ports, payload is a piece */
	PACKET_L4_TCP,
	PACKET_L4_UDP,
	PACKET_L4_SCTP,
	PACKET_L4_ICMP, /* payload starts at the ICMP header */
	PACKET_L4_ICMP6
};

#define TCP_FIN 0x01U
#define TCP_SYN 0x02U
#define TCP_RST 0x04U
#define TCP_PSH 0x08U
#define TCP_ACK 0x10U

/* The originator sent the SYN, or the first packet of the flow that was seen.
 * That says nothing sure about who serves. */
enum side {
	SIDE_ORIG = 0,
	SIDE_RESP = 1,
	SIDE_NONE = 2
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* 0: none */
};

struct packet {
	uint64_t frame;	  /* number of the record in its source, from 1 */
	uint32_t ifindex; /* which of capture.interfaces, from 0 */
	struct wall ts;
	uint64_t segment;    /* see segment.h */
	struct endpoint src; /* addr unset: not IP */
	struct endpoint dst;
	struct mac src_mac; /* of this level's Ethernet; see has_mac */
	struct mac dst_mac;
	uint64_t proto_key; /* see enum packet_net */
	uint8_t net;	    /* enum packet_net */
	uint8_t ip_proto;   /* after extension headers */
	uint8_t ttl;	    /* or hop limit */
	uint8_t l4;	    /* enum packet_l4 */
	uint8_t tcp_flags;
	uint8_t depth; /* 0: outermost */
	bool has_mac;
	bool cut;	  /* payload is shorter than the headers promise */
	bool reassembled; /* payload was put together from fragments */
	uint16_t tcp_window;
	uint32_t tcp_seq;
	uint32_t tcp_ack;
	uint32_t payload_wire; /* octets of payload as sent, even if cut */
	uint32_t frag_id;
	uint32_t frag_at; /* octets before this piece */
	bool frag_more;
	struct cursor tcp_options;
	struct cursor payload; /* ends where IP says, not the frame */
};
