/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: from the port scan's results to the records that scripts and the report work on, with what the kernel and
 * the name service know of the host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/scan/report.h"

struct netdb;

/*
 * A host with more scanned ports than this has records only for those that may be open; the rest stays counted.
 */
#define RECORD_PORTS_MAX 2048U

/** Fill rec->nse and its ports from rec->probe. Returns 0 or ES_E(NOMEM). */
int record_build(struct scan_record *rec, struct nse_host *nse,
    const struct port_list *tcp, const struct port_list *udp,
    struct netdb *netdb) ES_MUST_CHECK;
void record_fini(struct scan_record *rec);

/** Is this one of our own addresses? */
bool record_is_local(const struct addr *a);

/**
 * Ask the kernel's neighbour table about a host on the link: 1 = it answered, 0 = not on a link or not asked,
 * -1 = asked and silent. @p mac may be NULL.
 */
int record_neighbour(const struct addr *a, struct mac *mac);
