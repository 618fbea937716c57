/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portspec: a list of ports as operators write it: "22,80,8000-8100", "T:80,U:53,161", "-" (all), "-1024",
 * "60000-". Without a T:, U: or S: prefix a range counts for the protocols that the caller names as default.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"

struct port_range {
	uint16_t first;
	uint16_t last;
	uint8_t proto; /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP */
};

struct portspec {
	struct port_range *ranges;
	size_t count;
};

/* Bits for portspec_parse. */
#define PORTSPEC_TCP 1U
#define PORTSPEC_UDP 2U
#define PORTSPEC_SCTP 4U

/**
 * Parse @p s into @p out, which portspec_fini releases. @p defaults: PORTSPEC_ bits for ranges without a prefix.
 * Returns 0, ES_E(FORMAT) with the offending part named in @p eb, or ES_E(NOMEM).
 */
int portspec_parse(const char *s, unsigned defaults, struct portspec *out,
    struct errbuf *eb) ES_MUST_CHECK;
void portspec_fini(struct portspec *spec);
bool portspec_has(const struct portspec *spec, unsigned proto, uint16_t port);
