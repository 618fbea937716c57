/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host and port records; see record.h. Interface, next hop and card addresses are asked of the kernel after the port
 * scan, when its neighbour table has been filled by that.
 */
#include "engine/scan/record.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/ifaces.h"
#include "engine/net/neigh.h"
#include "engine/netdb.h"
#include "sensor/base/str.h"

#define TIMEOUT_MIN_S 0.1
#define TIMEOUT_MAX_S 1.0
/* NSE's confidence in a service known by its port number alone. */
#define CONFIDENCE_TABLE 3

bool
record_is_local(const struct addr *a)
{
	struct route route;

	return route_find(a, &route) == 0 && strcmp(route.device, "lo") == 0;
}

int
record_neighbour(const struct addr *a, struct mac *mac)
{
	struct route route;
	struct mac ignored;

	if (route_find(a, &route) != 0 || !route.direct)
		return 0;
	switch (neigh_find(route.index, a, mac == NULL ? &ignored : mac)) {
	case 0:
		return 1;
	case ES_E(TIMEOUT):
		return -1;
	default:
		return 0;
	}
}

static void
fill_link(struct nse_host *h)
{
	struct route route;
	struct iface iface;

	h->direct = -1;
	if (route_find(&h->addr, &route) != 0)
		return;
	h->direct = route.direct;
	h->src = route.src;
	str_copy(h->ifname, sizeof(h->ifname), route.device);
	if (ifaces_find(route.device, h->addr.family, &iface) == 0) {
		h->mtu = iface.mtu;
		h->has_mac_src = iface.has_mac && iface.link == IFACE_ETHERNET;
		h->mac_src = iface.mac;
	}
	if (strcmp(route.device, "lo") == 0)
		return;
	if (route.direct)
		h->has_mac = neigh_find(route.index, &h->addr, &h->mac) == 0;
	else
		h->has_mac_next_hop = neigh_find(route.index, &route.next_hop,
					  &h->mac_next_hop) == 0;
}

static void
fill_host(struct nse_host *h, const struct scan_host *probe)
{
	*h = (struct nse_host){ .addr = probe->addr,
		.reason_ttl = probe->reason_ttl,
		.srtt_s = probe->rtt.srtt_s,
		.rttvar_s = probe->rtt.rttvar_s,
		.timeout_s =
		    rtt_timeout_s(&probe->rtt, TIMEOUT_MIN_S, TIMEOUT_MAX_S) };
	str_copy(h->reason, sizeof(h->reason), reason_text(probe->reason));
	if (probe->targetname != NULL)
		str_copy(
		    h->targetname, sizeof(h->targetname), probe->targetname);
	fill_link(h);
}

static void
fill_port(struct nse_port *p, unsigned proto, uint16_t number,
    const struct port_result *result, struct netdb *netdb)
{
	const char *name = netdb_service(netdb, proto, number);

	*p = (struct nse_port){ .svc = { .port = number,
				    .proto = (uint8_t)proto,
				    .state = result->state,
				    .confidence = CONFIDENCE_TABLE },
		.reason_ttl = result->ttl };
	str_copy(p->reason, sizeof(p->reason), reason_text(result->reason));
	if (name != NULL)
		str_copy(p->svc.name, sizeof(p->svc.name), name);
}

static bool
wanted(const struct port_result *result, bool all)
{
	return result->state != PORT_UNKNOWN &&
	       (all || result->state == PORT_OPEN ||
		   result->state == PORT_UNFILTERED);
}

static size_t
count_wanted(const struct port_result *results, size_t n, bool all)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += wanted(&results[i], all);
	return count;
}

static struct nse_port *
fill_ports(struct nse_port *at, unsigned proto, const struct port_list *list,
    const struct port_result *results, bool all, struct netdb *netdb)
{
	for (size_t i = 0; i < list->count; i++)
		if (wanted(&results[i], all))
			fill_port(
			    at++, proto, list->ports[i], &results[i], netdb);
	return at;
}

int
record_build(struct scan_record *rec, struct nse_host *nse,
    const struct port_list *tcp, const struct port_list *udp,
    struct netdb *netdb)
{
	const struct scan_host *probe = &rec->probe;
	bool all = tcp->count + udp->count <= RECORD_PORTS_MAX;
	struct nse_port *at;

	rec->nse = nse;
	fill_host(nse, probe);
	nse->user = rec;
	if (!probe->up)
		return 0;
	nse->nports = count_wanted(probe->tcp, tcp->count, all) +
		      count_wanted(probe->udp, udp->count, all);
	nse->ports = calloc(nse->nports + 1, sizeof(*nse->ports));
	rec->per_port = calloc(nse->nports + 1, sizeof(*rec->per_port));
	if (nse->ports == NULL || rec->per_port == NULL)
		return ES_E(NOMEM);
	at = fill_ports(nse->ports, IPPROTO_TCP, tcp, probe->tcp, all, netdb);
	fill_ports(at, IPPROTO_UDP, udp, probe->udp, all, netdb);
	return 0;
}

void
record_fini(struct scan_record *rec)
{
	for (size_t i = 0; rec->nse != NULL && i < rec->nse->nports; i++) {
		if (rec->per_port != NULL)
			script_results_fini(&rec->per_port[i]);
		if (rec->nse->ports != NULL)
			free(rec->nse->ports[i].fp);
	}
	if (rec->nse != NULL)
		free(rec->nse->ports);
	free(rec->per_port);
	script_results_fini(&rec->scripts);
	scan_host_fini(&rec->probe);
}
