/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observation: one fact heard in one packet or stream, with where it came from and how sure it is.
 *
 * It is what capture tells the sensor and the only thing that crosses that border. In memory the texts are borrowed
 * (packet octets or a flow's buffer) and hold raw, hostile bytes; observation_pack copies them into a message, and
 * observation_unpack gives views into the received message. Neither ends in NUL.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"

enum obs_kind {
#define OBSERVATION(name, text, fields) OBS_##name,
#include "sensor/model/kinds.def"
#undef OBSERVATION
	OBS_KIND_MAX
};

/* How sure we are that a host or a binding exists; order is strength (passive §3.1). */
enum strength {
	STRENGTH_CLAIMED =
	    1, /* one side said so: a lone SYN, a quoted or announced address */
	STRENGTH_ONE_WAY = 2, /* spoke to multicast or broadcast */
	STRENGTH_UNICAST = 3, /* spoke to one host, no answer seen */
	STRENGTH_TWO_WAY = 4, /* spoke and was answered */
	STRENGTH_LINK_PROVED =
	    5,		    /* ARP reply, neighbour advertisement, DHCP ACK */
	STRENGTH_PROBED = 6 /* answered to us */
};

/* State of a service, in aux of OBS_SERVICE. */
enum svc_state {
	SVC_OPEN_SYNACK = 1, /* SYN and ACK seen */
	SVC_OPEN_MIDSTREAM,  /* role shown by content, handshake not seen */
	SVC_OPEN_REPLY,	     /* UDP request answered */
	SVC_ANNOUNCED,	     /* mDNS SRV, SSDP: not yet seen to answer */
	SVC_CLOSED,	     /* RST to SYN, port unreachable */
	SVC_DATA_CHANNEL /* FTP data and the like: not a service of its own */
};

/* In aux of OBS_FRAME_MAC beside the TTL (low octet): both ends are private and in one /24, the TTL is untouched. */
#define FRAME_MAC_LOCAL 0x100U

struct text {
	const uint8_t *p;
	uint16_t len;
};

/* Limits of one observation's texts; longer ones are cut and `partial` is set. */
#define OBS_TEXT_MAX 1024
#define OBS_DATA_MAX 4096

struct observation {
	enum obs_kind kind;
	struct wall ts;
	uint64_t segment; /* which network: see segment.h */
	uint64_t frame;	  /* number of the packet in its source, from 1 */
	uint32_t ifindex; /* which of capture.interfaces, from 0 */
	struct addr addr;
	struct mac mac;
	bool has_mac;
	bool partial;	  /* from a cut packet or text */
	uint8_t strength; /* enum strength */
	uint8_t proto;	  /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP or 0 */
	uint16_t port;
	uint16_t source; /* which dissector or layer: enum obs_source */
	uint32_t aux;
	struct text text;
	struct text text2;
	struct text data;
};

/* Where a fact came from: shown as evidence. OBS_SOURCE rows are in sources.def; append only. */
enum obs_source {
#define OBS_SOURCE(name, text) SRC_##name,
#include "sensor/model/sources.def"
#undef OBS_SOURCE
	SRC_MAX
};

const char *obs_kind_text(enum obs_kind kind);
const char *obs_source_text(unsigned source);

static inline struct text
text_of(const void *p, size_t len)
{
	return (struct text){ .p = p,
		.len = (uint16_t)(len > UINT16_MAX ? UINT16_MAX : len) };
}

/** Text of a C literal or string. */
struct text text_str(const char *s);
bool text_eq(struct text a, struct text b);

/** Append one observation to @p out (length-prefixed: several fit in one message). Over-long texts are cut. */
void observation_pack(struct buf *out, const struct observation *obs);

/**
 * Take the next observation of a message. Validates every field as hostile: lengths, enums, families.
 * Returns 1, 0 at the end, or ES_E(FORMAT). The texts point into the message.
 */
int observation_unpack(
    struct cursor *in, struct observation *obs) ES_MUST_CHECK;
