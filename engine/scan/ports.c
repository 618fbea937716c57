/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port lists; see ports.h. Service names are replaced by numbers first, then the list is an ordinary portspec.
 */
#include "engine/scan/ports.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/netdb.h"
#include "sensor/base/buf.h"
#include "sensor/model/portspec.h"

#define TOP_DEFAULT 1000U
#define PORTS 65536U
#define SPEC_MAX 262144U

void
port_list_fini(struct port_list *list)
{
	free(list->ports);
	*list = (struct port_list){ 0 };
}

/* One element of the list: copied as it is, unless it is a service name. */
static bool
put_element(struct buf *out, const char *item, size_t len, unsigned proto,
    struct netdb *netdb)
{
	char name[64];
	int port;

	if (len == 0 || strspn(item, "0123456789-") >= len) {
		buf_put(out, item, len);
		return true;
	}
	if (len >= sizeof(name))
		return false;
	memcpy(name, item, len);
	name[len] = '\0';
	port = netdb_service_port(netdb, proto, name);
	if (port < 0) /* under the other protocol, perhaps */
		port = netdb_service_port(netdb,
		    proto == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP, name);
	buf_printf(out, "%d", port);
	return port >= 0;
}

/* Copy the list with numbers for names. */
static int
put_numbers(struct buf *out, const char *spec, unsigned proto,
    struct netdb *netdb, struct errbuf *eb)
{
	while (*spec != '\0') {
		spec += strspn(spec, " ");
		if (spec[0] != '\0' && spec[1] == ':') {
			proto = spec[0] == 'U' ? IPPROTO_UDP : IPPROTO_TCP;
			buf_put(out, spec, 2);
			spec += 2;
		}
		size_t len = strcspn(spec, ", ");
		if (!put_element(out, spec, len, proto, netdb))
			return err_set(eb, ES_E(FORMAT),
			    "-p: \"%.*s\" is neither a port nor the name of a "
			    "service",
			    (int)len, spec);
		spec += len + strspn(spec + len, " ");
		if (*spec == ',') {
			buf_u8(out, ',');
			spec++;
		}
	}
	return 0;
}

static int
from_spec(const struct portspec *spec, unsigned proto, struct port_list *out)
{
	bool *in = calloc(PORTS, sizeof(*in));
	size_t count = 0;

	if (in == NULL)
		return ES_E(NOMEM);
	for (size_t i = 0; i < spec->count; i++) {
		const struct port_range *r = &spec->ranges[i];

		for (unsigned p = r->first; r->proto == proto && p <= r->last;
		     p++) {
			count += !in[p];
			in[p] = true;
		}
	}
	out->ports = calloc(count + 1, sizeof(*out->ports));
	for (unsigned p = 0; out->ports != NULL && p < PORTS; p++)
		if (in[p])
			out->ports[out->count++] = (uint16_t)p;
	free(in);
	return out->ports == NULL ? ES_E(NOMEM) : 0;
}

static int
choose_given(const struct port_choice *choice, struct netdb *netdb,
    struct port_list *tcp, struct port_list *udp, struct errbuf *eb)
{
	unsigned defaults =
	    (choice->tcp ? PORTSPEC_TCP : 0) | (choice->udp ? PORTSPEC_UDP : 0);
	struct portspec spec = { 0 };
	struct buf numbers;
	int rc;

	buf_init(&numbers, SPEC_MAX);
	rc = put_numbers(&numbers, choice->spec,
	    choice->tcp ? IPPROTO_TCP : IPPROTO_UDP, netdb, eb);
	if (rc == 0)
		rc = portspec_parse(buf_cstr(&numbers), defaults, &spec, eb);
	if (rc == 0 && choice->tcp)
		rc = from_spec(&spec, IPPROTO_TCP, tcp);
	if (rc == 0 && choice->udp)
		rc = from_spec(&spec, IPPROTO_UDP, udp);
	portspec_fini(&spec);
	buf_fini(&numbers);
	return rc;
}

static int
compare_port(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return (int)*x - (int)*y;
}

static int
choose_top(
    struct netdb *netdb, unsigned proto, unsigned top, struct port_list *out)
{
	out->ports = calloc(top + 1, sizeof(*out->ports));
	if (out->ports == NULL)
		return ES_E(NOMEM);
	out->count = netdb_top_ports(netdb, proto, out->ports, top);
	qsort(out->ports, out->count, sizeof(*out->ports), compare_port);
	return 0;
}

int
ports_choose(const struct port_choice *choice, struct netdb *netdb,
    struct port_list *tcp, struct port_list *udp, struct errbuf *eb)
{
	unsigned top = choice->top == 0 ? TOP_DEFAULT : choice->top;
	int rc = 0;

	*tcp = *udp = (struct port_list){ 0 };
	if (choice->spec != NULL)
		return choose_given(choice, netdb, tcp, udp, eb);
	if (choice->tcp)
		rc = choose_top(netdb, IPPROTO_TCP, top, tcp);
	if (rc == 0 && choice->udp)
		rc = choose_top(netdb, IPPROTO_UDP, top, udp);
	return rc;
}
