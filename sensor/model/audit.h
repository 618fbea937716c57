/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit: one contact with the network, made or refused. Engine to sensor, for the audit trail and probe.audit events.
 */
#pragma once

#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/scope.h"

struct audit {
	uint64_t target_id; /* 0: not for a target */
	uint64_t scope_version;
	struct wall started;
	struct wall ended; /* equal to started for refusals */
	struct addr src;
	struct addr dst;
	uint16_t sport;
	uint16_t dport;
	uint8_t proto;	 /* IPPROTO_ value; 0 = frame */
	uint8_t verdict; /* enum scope_verdict */
	uint8_t
	    outcome; /* 0 connected or sent, else ES_ERR_ number: TIMEOUT, CLOSED, SYS ... */
	uint64_t bytes_out;
	uint64_t bytes_in;
	uint32_t
	    repeats; /* further refusals of the same kind that this record stands for */
	char script[64];
};

void audit_pack(struct buf *out, const struct audit *a);
int audit_unpack(struct cursor *in, struct audit *a) ES_MUST_CHECK;
