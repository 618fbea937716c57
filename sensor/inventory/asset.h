/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asset: what one device is made of in memory. Private to the inventory; others hold an asset's id.
 *
 *	asset (a device)	identified by a global MAC, else by (segment, address)
 *	  station (an address)	one (segment, address): strength, MAC bindings, first and last seen
 *	    detail		only when there is more to say: names, services
 *	  detail		only when told or named: id, names by MAC, roles, prints
 *	card (a MAC)		whose it is, and how many addresses its frames came from
 *
 * Assets, stations and cards live in pools and refer to each other by 32-bit handles: a million hosts that only said
 * "I exist" take about 200 octets each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/digest.h"

/* Handle of nothing. */
#define NONE UINT32_MAX

/* Bounds of one asset; what does not fit is counted (inventory_stats). */
#define NAMES_MAX 16
#define SERVER_NAMES_MAX 32
#define BINDINGS_MAX 8
#define SERVICES_MAX 1024
#define BANNERS_MAX 4
#define CERTS_MAX 8
#define PRINTS_MAX 16
#define ROLES_MAX 8
#define STATIONS_MAX 64
#define HEARD_MAX 512
/* A MAC that proves more addresses than this answers for others (proxy ARP). */
#define CARD_ADDRESSES_MAX 8

/* Flags of a binding. */
#define BIND_PROVED 1U /* a protocol said it: ARP, NDP, DHCP, link scope */
#define BIND_FRAME 2U  /* source of unicast frames */
#define BIND_TTL 4U    /* ... and nothing routed them */

struct binding {
	uint32_t card;
	uint8_t flags;
};

struct name {
	const char *text; /* interned */
	struct wall first;
	struct wall last;
	uint16_t source; /* enum obs_source */
	uint8_t strength;
	bool served; /* what clients call it (SNI), not what it calls itself */
	bool dirty;
};

struct cert {
	const char *sha256; /* interned, as heard */
	const char *cn;
	const char *san; /* comma separated */
	struct wall first;
	bool dirty;
	bool told;
};

struct service_fact {
	uint16_t port;
	uint8_t proto;
	uint8_t state;	    /* enum svc_state, the strongest so far */
	uint8_t told;	    /* enum port_state last published; 0 = never */
	uint8_t confidence; /* 0-10, as in NSE */
	uint16_t source;
	bool closed;  /* last word was a refusal */
	bool telling; /* service.new is among the changes */
	bool offered; /* to policy, since it opened */
	bool dirty;
	uint8_t nbanners;
	uint8_t ncerts;
	uint16_t heard_len;
	const char *name; /* all texts interned, "" = unknown */
	const char *product;
	const char *version;
	const char *extrainfo;
	const char *ostype;
	const char *cpe;
	const char *tunnel;
	const char *banners[BANNERS_MAX];
	struct cert *certs;
	uint8_t *heard; /* first octets of the server's side */
	struct wall first;
	struct wall last;
};

struct station_detail {
	struct service_fact *services; /* sorted by proto, port */
	struct name *names;
	struct binding more[BINDINGS_MAX - 1];
	uint16_t nservices;
	uint16_t cap_services;
	uint8_t nnames;
	uint8_t nmore;
};

struct station {
	struct addr addr;
	uint32_t asset;
	uint64_t segment;
	struct wall first;
	struct wall last;
	uint64_t sources; /* bit per enum obs_source */
	struct station_detail *detail;
	uint32_t next; /* of the same asset */
	uint32_t card; /* first binding; others are in the detail */
	uint16_t ifindex;
	uint8_t bind_flags;
	uint8_t strength;
	uint8_t flags;
};

/* Flags of a station. */
#define STATION_HEARD 1U /* spoke, or a protocol proved it: printed as host */
#define STATION_DIRTY 2U
#define STATION_ASKED 4U /* offered to policy as a candidate */

struct print {
	const char *kind;
	const char *value;
	struct addr addr;
	struct wall first;
	bool dirty;
};

struct asset_detail {
	char id[UUID_TEXT];
	struct name *names; /* bound to the MAC, not to an address */
	struct print *prints;
	const char *roles[ROLES_MAX];
	const char *description;
	uint8_t nnames;
	uint8_t nprints;
	uint8_t nroles;
	uint64_t stored_sources; /* evidence already in the store */
};

struct asset {
	struct asset_detail *detail;
	struct wall first;
	struct wall last;
	uint32_t stations;
	uint32_t card; /* identity; NONE = (segment, address) */
	uint32_t lru_prev;
	uint32_t lru_next;
	uint16_t nstations;
	uint8_t flags;
};

/* Flags of an asset. */
#define ASSET_USED 1U
#define ASSET_CONFIRMED                                                        \
	2U	      /* two-way evidence: never evicted for claimed ones */
#define ASSET_TOLD 4U /* host.new was published */
#define ASSET_GONE 8U
#define ASSET_DIRTY 16U	   /* its row must be written */
#define ASSET_QUEUED 32U   /* is in the list of the next commit */
#define ASSET_SEEN 64U	   /* only last seen moved: written now and then */
#define ASSET_TELLING 128U /* host.new is among the changes */

struct card {
	struct mac mac;
	uint8_t v4; /* addresses its unicast frames came from; saturates */
	uint8_t v6;
	uint8_t proved; /* addresses that protocols bound to it; saturates */
	uint8_t flags;
	uint32_t asset;
};

#define CARD_USED 1U
#define CARD_PROXY 2U
