/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports: which ports to scan, from -p, -F, --top-ports or the default, as sorted lists.
 */
#pragma once

#include <stdbool.h>

#include "engine/scan/host.h"
#include "sensor/base/attrs.h"
#include "sensor/base/err.h"

struct netdb;

struct port_choice {
	bool tcp, udp;	  /* which protocols are scanned */
	const char *spec; /* -p, NULL = the most common ones */
	unsigned top;	  /* how many of them; 0 = 1000 */
};

/**
 * Make the lists. -p takes numbers, ranges, T: and U:, and service names. Returns 0, ES_E(FORMAT) with the reason in
 * @p eb, or ES_E(NOMEM). Release with port_list_fini.
 */
int ports_choose(const struct port_choice *choice, struct netdb *netdb,
    struct port_list *tcp, struct port_list *udp,
    struct errbuf *eb) ES_MUST_CHECK;

void port_list_fini(struct port_list *list);
