/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports as both report forms list them: a walk over all that were scanned, and which states are folded into a count.
 * A state other than open is folded when more than 25 ports have it; each -v allows as many again.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/scan/report.h"

#define LISTED_MAX 25U

struct port_walk
port_walk_begin(
    const struct report_options *opt, const struct scan_record *host)
{
	return (struct port_walk){ .opt = opt, .host = host };
}

/* Take the record of this port if that is the next one. */
static void
take_record(struct port_walk *w)
{
	const struct scan_record *h = w->host;
	const struct nse_port *port =
	    w->record < h->nse->nports ? &h->nse->ports[w->record] : NULL;

	w->port = NULL;
	w->scripts = NULL;
	if (port == NULL || port->svc.proto != w->proto ||
	    port->svc.port != w->number)
		return;
	w->port = port;
	w->scripts = &h->per_port[w->record++];
	w->state = port->svc.state;
	w->reason = port->reason;
	w->ttl = port->reason_ttl;
}

/* The next port that was on the list, probed or not. */
static bool
step(struct port_walk *w)
{
	const struct port_list *tcp = w->opt->tcp, *udp = w->opt->udp_ports;
	size_t i = w->at++;
	const struct port_result *result;

	if (i < tcp->count) {
		w->proto = IPPROTO_TCP;
		w->number = tcp->ports[i];
		result = &w->host->probe.tcp[i];
	} else if (i - tcp->count < udp->count) {
		w->proto = IPPROTO_UDP;
		w->number = udp->ports[i - tcp->count];
		result = &w->host->probe.udp[i - tcp->count];
	} else {
		return false;
	}
	w->state = result->state;
	w->reason = reason_text(result->reason);
	w->ttl = result->ttl;
	take_record(w);
	return true;
}

bool
port_walk_next(struct port_walk *w)
{
	while (step(w))
		if (w->state !=
		    PORT_UNKNOWN) /* else the user stopped before it */
			return true;
	return false;
}

static void
add_row(struct folds *f, const struct port_walk *w)
{
	for (size_t i = 0; i < f->count; i++) {
		struct fold *row = &f->rows[i];

		if (row->state == w->state && row->proto == w->proto &&
		    strcmp(row->reason, w->reason) == 0) {
			row->count++;
			return;
		}
	}
	if (f->count < FOLDS_MAX)
		f->rows[f->count++] = (struct fold){ .state = w->state,
			.proto = w->proto,
			.reason = w->reason,
			.count = 1 };
}

void
folds_of(const struct report_options *opt, const struct scan_record *host,
    struct folds *out)
{
	unsigned count[ES_ARRAY_LEN(out->folded)] = { 0 };
	unsigned listed = LISTED_MAX * (1 + (unsigned)opt->verbosity);
	struct port_walk w = port_walk_begin(opt, host);

	*out = (struct folds){ 0 };
	while (port_walk_next(&w)) {
		count[w.state]++;
		out->total++;
	}
	for (unsigned s = 0; s < ES_ARRAY_LEN(count); s++)
		out->folded[s] =
		    s != PORT_OPEN && s != PORT_UNKNOWN &&
		    (count[s] > listed ||
			(opt->open_only && s != PORT_OPEN_FILTERED));
	w = port_walk_begin(opt, host);
	while (port_walk_next(&w)) {
		if (!out->folded[w.state])
			continue;
		out->hidden++;
		add_row(out, &w);
	}
}
