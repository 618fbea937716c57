/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there. Our own addresses are up; a host on the link is up when the neighbour table says so after a few
 * connection attempts made the kernel ask (ARP, NDP), whatever its firewall thinks of them; any other host is up when
 * it answers one of them, be it with a refusal.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "engine/scan/record.h"
#include "engine/scan/session.h"

static void
judge(struct scan_host *h)
{
	switch (record_neighbour(&h->addr, NULL)) {
	case 1:
		h->up = true;
		h->reason = h->addr.family == 4 ? REASON_ARP : REASON_ND;
		h->reason_ttl = 0;
		return;
	case -1:
		h->up = false;
		h->reason = REASON_NO_RESPONSE;
		return;
	default:
		h->up = h->answered;
		if (!h->up)
			h->reason = REASON_NO_RESPONSE;
	}
}

static int
knock(struct session *s, struct scan_host **hosts, size_t count,
    struct errbuf *eb)
{
	uint16_t knocks[] = { 22, 80, 443, 445 };
	const struct port_list ports = { .ports = knocks,
		.count = ES_ARRAY_LEN(knocks) };
	struct probe_run run = { .proto = IPPROTO_TCP,
		.ports = &ports,
		.hosts = hosts,
		.nhosts = count,
		.first_answer = true };
	int rc = session_probe(s, &run, "Ping scan", eb);

	for (size_t i = 0; i < count; i++)
		judge(hosts[i]);
	return rc;
}

int
reach_group(struct session *s, struct host_group *group, struct errbuf *eb)
{
	struct scan_host **asked = calloc(group->count + 1, sizeof(void *));
	size_t n = 0;
	int rc = 0;

	if (asked == NULL)
		return err_set(eb, ES_E(NOMEM), "%s", err_text(ES_E(NOMEM)));
	for (size_t i = 0; i < group->count; i++) {
		struct scan_host *h = &group->records[i].probe;

		if (!s->opt->ping) {
			h->up = true;
			h->reason = REASON_USER_SET;
		} else if (record_is_local(&h->addr)) {
			h->up = true;
			h->reason = REASON_LOCALHOST;
		} else {
			asked[n++] = h;
		}
	}
	if (n > 0)
		rc = knock(s, asked, n, eb);
	free(asked);
	return rc;
}
