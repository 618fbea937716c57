/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target: a host and its ports that policy has allowed the engine to ask now, with the reason (DESIGN §3).
 *
 * Sensor to engine. It carries what was heard, so that scripts find it in host.heard and port.heard and need not
 * ask again. Strings are UTF-8 or raw as heard; `heard` is JSON text (one object), built by the inventory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/service.h"

#define TARGET_PORTS_MAX 256

struct target_port {
	struct service svc;
	char *heard; /* JSON object, owned; NULL when nothing was heard */
};

struct target {
	uint64_t id; /* unique in the sensor's life; findings carry it back */
	uint64_t segment;
	struct addr addr; /* unset: no host (prerule and broadcast runs) */
	struct mac mac;
	bool has_mac;
	bool
	    confirm; /* ports are guesses or announced: connect before trusting them */
	char asset_id[40];
	char name[256];	 /* best host name, "" if none */
	char ifname[32]; /* interface to use, "" = routing decides */
	char reason[64]; /* "service.new", "refresh", "broadcast", "operator" */
	char rule[64];	 /* the policy rule that allowed it */
	char *scripts;	 /* --script expression, owned */
	char *script_args;    /* owned, may be NULL */
	char *heard;	      /* JSON object, owned, may be NULL */
	uint32_t deadline_ms; /* for the whole target; 0 = engine's default */
	struct target_port *ports; /* owned */
	uint16_t nports;
};

void target_fini(struct target *t);
void target_pack(struct buf *out, const struct target *t);

/** Returns 0, ES_E(FORMAT) or ES_E(NOMEM); on failure @p t is empty. Release with target_fini. */
int target_unpack(struct cursor *in, struct target *t) ES_MUST_CHECK;
