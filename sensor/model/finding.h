/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding: what one script reported about one target. Engine to sensor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/service.h"

enum finding_status {
	FINDING_OK,
	FINDING_ERROR,	 /* the script failed; output holds the reason */
	FINDING_TIMEOUT, /* script, host or budget limit */
	FINDING_ABORTED	 /* halted or engine shut down */
};

enum finding_rule {
	RULE_PRE,
	RULE_HOST,
	RULE_PORT,
	RULE_POST,
	RULE_VERSION /* no script output: only the port table changed (version detection, set_port_version) */
};

#define FINDING_OUTPUT_MAX (256 * 1024)

struct finding {
	uint64_t target_id;
	struct wall started;
	struct wall ended;
	struct addr addr; /* unset for pre and post rules */
	uint16_t port;	  /* 0 for host rules */
	uint8_t proto;
	uint8_t rule;	/* enum finding_rule */
	uint8_t status; /* enum finding_status */
	bool heard;	/* said from what was heard: nobody was contacted */
	char script[64];
	char sha256[65];      /* hex digest of the script file */
	char categories[160]; /* comma separated */
	char *
	    output; /* text as NSE formats it, owned; raw octets allowed except NUL */
	char *
	    data; /* structured output as JSON, owned; NULL when there is none */
	struct service *
	    svc; /* port table after the script when it changed it, owned; else NULL */
};

const char *finding_status_text(enum finding_status s);
const char *finding_rule_text(enum finding_rule r);
void finding_fini(struct finding *f);
void finding_pack(struct buf *out, const struct finding *f);
/** Returns 0, ES_E(FORMAT) or ES_E(NOMEM); on failure @p f is empty. Release with finding_fini. */
int finding_unpack(struct cursor *in, struct finding *f) ES_MUST_CHECK;
