/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of the port scan; see host.h. Called by the probes and the scan's
 * phases.
 */
#include "engine/scan/host.h"

#include <math.h>
#include <stdlib.h>

#include "sensor/base/err.h"

static const char *const texts[REASON_MAX] = {
#define REASON(name, text) [REASON_##name] = (text),
#include "engine/scan/reasons.def"
#undef REASON
};

const char *
reason_text(unsigned reason)
{
	return reason < REASON_MAX ? texts[reason] : "unknown-response";
}

void
rtt_add(struct rtt *rtt, double sample_s)
{
	if (rtt->samples++ == 0) {
		rtt->srtt_s = sample_s;
		rtt->rttvar_s = sample_s / 2;
		return;
	}
	double error = sample_s - rtt->srtt_s;
	rtt->srtt_s += error / 8;
	rtt->rttvar_s += (fabs(error) - rtt->rttvar_s) / 4;
}

double
rtt_timeout_s(const struct rtt *rtt, double min_s, double max_s)
{
	double t = rtt->samples == 0 ? max_s : rtt->srtt_s + 4 * rtt->rttvar_s;

	return fmin(fmax(t, min_s), max_s);
}

int
scan_host_init(struct scan_host *h, const struct addr *addr,
    const char *targetname, size_t ntcp, size_t nudp)
{
	*h = (struct scan_host){ .addr = *addr, .targetname = targetname };
	if (ntcp + nudp == 0)
		return 0;
	h->tcp = calloc(ntcp + nudp, sizeof(*h->tcp));
	if (h->tcp == NULL)
		return ES_E(NOMEM);
	h->udp = h->tcp + ntcp;
	return 0;
}

void
scan_host_fini(struct scan_host *h)
{
	free(h->tcp);
	*h = (struct scan_host){ 0 };
}
