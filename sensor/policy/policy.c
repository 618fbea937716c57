/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's options, its kill switch and the scope it gives to engines; see policy.h.
 */
#include "sensor/policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/policy/policy_priv.h"
#include "sensor/policy/scripts.h"

/* Printers print what they are sent (9100-9107); controllers of machines may stop. */
#define DEFAULT_FRAGILE                                                        \
	"102,502,789,1911,1962,2222,2404,4840,4911,5094,9100-9107,9600,11112," \
	"18245,20000,34962-34964,44818,47808"
#define DEFAULT_SCRIPTS "default"
#define SETTLE_MS 60000
#define EXPRESSION_MAX 16384

static void
set_default(uint32_t *value, uint32_t otherwise)
{
	if (*value == 0)
		*value = otherwise;
}

static void
set_defaults(struct policy_options *o)
{
	set_default(&o->reprobe_s, 7 * 86400);
	set_default(&o->changed_s, 3600);
	set_default(&o->rate_total, 100);
	set_default(&o->rate_host, 10);
	set_default(&o->rate_net, 40);
	set_default(&o->conns_host, 4);
	set_default(&o->max_active, 16);
	set_default(&o->max_active_net, 4);
	set_default(&o->max_queue, 65536);
	set_default(&o->deadline_ms, 600000);
	set_default(&o->broadcast.every_s, 3600);
	if (o->settle_ms < 0)
		o->settle_ms = SETTLE_MS;
}

/* ---- the scope ---- */

static int
add_prefixes(struct cidrset *set, const char *const *list, const char *option,
    struct errbuf *eb)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++) {
		struct cidr c;

		if (cidr_parse(list[i], &c) < 0)
			return err_set(eb, ES_E(CONFIG),
			    "%s: \"%s\" is no address or prefix (write "
			    "192.0.2.0/24 or 2001:db8::/32)",
			    option, list[i]);
		if (cidrset_add(set, &c) < 0)
			return err_set(eb, ES_E(NOMEM), "out of memory");
	}
	return 0;
}

static int
add_own(struct cidrset *set, const struct addr *own, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct cidr c = { .base = own[i],
			.len = own[i].family == 4 ? 32 : 128 };

		if (addr_is_set(&own[i]) && cidrset_add(set, &c) < 0)
			return ES_E(NOMEM);
	}
	return 0;
}

static int
parse_ports(struct portspec *out, const char *text, const char *option,
    struct errbuf *eb)
{
	struct errbuf why = { "" };
	int rc = portspec_parse(
	    text, PORTSPEC_TCP | PORTSPEC_UDP | PORTSPEC_SCTP, out, &why);

	return rc < 0 ? err_set(eb, rc == ES_E(NOMEM) ? rc : ES_E(CONFIG),
			    "%s: %s", option, why.text)
		      : 0;
}

static int
make_scope(struct policy *p, const struct policy_options *o, struct errbuf *eb)
{
	const char *fragile = o->fragile == NULL ? DEFAULT_FRAGILE : o->fragile;
	int rc = 0;

	p->scope_is_set = o->scope != NULL;
	if (o->enabled)
		rc = p->scope_is_set
			 ? add_prefixes(
			       &p->scope.allow, o->scope, "probing.scope", eb)
			 : add_own(&p->scope.allow, o->own, o->nown);
	if (rc == 0)
		rc = add_prefixes(
		    &p->scope.exclude, o->exclude, "probing.exclude", eb);
	if (rc == 0 && fragile[0] != '\0')
		rc = parse_ports(
		    &p->scope.no_ports, fragile, "probing.fragile", eb);
	p->all_ports = o->ports == NULL || o->ports[0] == '\0';
	if (rc == 0 && !p->all_ports)
		rc = parse_ports(&p->ports, o->ports, "probing.ports", eb);
	p->scope.raw = o->enabled && o->raw;
	p->scope.rate_total = o->rate_total;
	p->scope.rate_host = o->rate_host;
	p->scope.rate_net = o->rate_net;
	p->scope.conns_host = o->conns_host;
	return rc;
}

/* ---- scripts ---- */

static char *
guard(const char *expression)
{
	struct buf b;
	char *text;

	buf_init(&b, EXPRESSION_MAX);
	scripts_guard(expression, &b);
	text = b.bad ? NULL : strdup(buf_cstr(&b));
	buf_fini(&b);
	return text;
}

static int
make_broadcasts(
    struct policy *p, const struct policy_broadcast *b, struct errbuf *eb)
{
	size_t i;

	/* Asking everybody at once needs somebody who said who everybody is. */
	if (!p->opt.enabled || !p->scope_is_set || b->scripts == NULL ||
	    b->scripts[0] == '\0')
		return 0;
	for (i = 0; b->interfaces != NULL && b->interfaces[i] != NULL; i++) {
		struct broadcast_run *run = &p->broadcasts[p->nbroadcasts];

		if (p->nbroadcasts == BROADCAST_INTERFACES_MAX ||
		    !str_copy(
			run->ifname, sizeof(run->ifname), b->interfaces[i]))
			return err_set(eb, ES_E(CONFIG),
			    "probing.broadcast.interfaces: too many, or \"%s\" "
			    "is too long",
			    b->interfaces[i]);
		p->nbroadcasts++;
	}
	p->scope.allow_broadcast = p->nbroadcasts > 0;
	p->broadcast_scripts = guard(b->scripts);
	return p->broadcast_scripts == NULL ? ES_E(NOMEM) : 0;
}

static int
make_scripts(
    struct policy *p, const struct policy_options *o, struct errbuf *eb)
{
	const char *expression = o->scripts;

	if (expression == NULL || expression[0] == '\0')
		expression = DEFAULT_SCRIPTS;
	p->scripts = guard(expression);
	if (o->script_args != NULL)
		p->script_args = strdup(o->script_args);
	if (p->scripts == NULL ||
	    (o->script_args != NULL && p->script_args == NULL))
		return err_set(eb, ES_E(CONFIG),
		    "probing.scripts: longer than %d octets", EXPRESSION_MAX);
	return make_broadcasts(p, &o->broadcast, eb);
}

/* ---- what the store remembers ---- */

/* Scope versions go on rising over restarts: an audit row names one rule set for ever. */
static int
load_state(struct policy *p, struct errbuf *eb)
{
	struct store *store = p->opt.store;
	char value[32];
	int rc;

	p->scope.version = 1;
	if (store == NULL)
		return 0;
	rc = store_value_get(store, "probing.halted", value, sizeof(value));
	if (rc == 0) {
		p->halted = strcmp(value, "yes") == 0;
		rc = store_value_get(
		    store, "scope.version", value, sizeof(value));
	}
	if (rc == 0) {
		p->scope.version = strtoull(value, NULL, 10) + 1;
		snprintf(value, sizeof(value), "%llu",
		    (unsigned long long)p->scope.version);
		rc = store_value_set(store, "scope.version", value);
	}
	if (rc < 0)
		return err_set(eb, rc, "%s", store_error(store));
	return ask_load(p, eb);
}

int
policy_new(const struct policy_options *options, struct policy **out,
    struct errbuf *eb)
{
	struct policy *p = calloc(1, sizeof(*p));
	struct targetq_limits limits;
	int rc;

	*out = NULL;
	if (p == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	scope_init(&p->scope);
	p->opt = *options;
	set_defaults(&p->opt);
	limits = (struct targetq_limits){ .entries = p->opt.max_queue,
		.active = p->opt.max_active,
		.active_net = p->opt.max_active_net };
	p->queue = targetq_new(&limits);
	rc = p->queue == NULL ? err_set(eb, ES_E(NOMEM), "out of memory") : 0;
	if (rc == 0)
		rc = make_scope(p, &p->opt, eb);
	if (rc == 0)
		rc = make_scripts(p, &p->opt, eb);
	if (rc == 0)
		rc = quiet_parse(p->opt.quiet, &p->quiet, eb);
	if (rc == 0)
		rc = load_state(p, eb);
	if (rc < 0) {
		policy_free(p);
		return rc;
	}
	*out = p;
	return 0;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	scope_fini(&p->scope);
	portspec_fini(&p->ports);
	targetq_free(p->queue);
	free(p->scripts);
	free(p->script_args);
	free(p->broadcast_scripts);
	free(p);
}

int
policy_halt(struct policy *p, bool halted)
{
	char value[32];
	int rc = 0;

	if (p->halted != halted)
		p->scope.version++;
	/* Silence comes first: it holds even when it cannot be written down. */
	p->halted = halted;
	if (p->opt.store == NULL)
		return 0;
	snprintf(
	    value, sizeof(value), "%llu", (unsigned long long)p->scope.version);
	rc = store_value_set(
	    p->opt.store, "probing.halted", halted ? "yes" : "no");
	if (rc == 0)
		rc = store_value_set(p->opt.store, "scope.version", value);
	return rc;
}

bool
policy_halted(const struct policy *p)
{
	return p->halted;
}

const char *
policy_scripts(const struct policy *p)
{
	return p->scripts;
}

static int
copy_set(struct cidrset *to, const struct cidrset *from)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		if (cidrset_add(to, &from->items[i]) < 0)
			return ES_E(NOMEM);
	}
	return 0;
}

int
policy_scope(const struct policy *p, struct scope *out)
{
	size_t size = p->scope.no_ports.count * sizeof(struct port_range);
	int rc;

	scope_init(out);
	out->halted = p->halted;
	out->allow_broadcast = p->scope.allow_broadcast;
	out->raw = p->scope.raw;
	out->rate_total = p->scope.rate_total;
	out->rate_host = p->scope.rate_host;
	out->rate_net = p->scope.rate_net;
	out->conns_host = p->scope.conns_host;
	out->version = p->scope.version;
	rc = copy_set(&out->allow, &p->scope.allow);
	if (rc == 0)
		rc = copy_set(&out->exclude, &p->scope.exclude);
	if (rc == 0 && size > 0) {
		out->no_ports.ranges = malloc(size);
		if (out->no_ports.ranges == NULL)
			return ES_E(NOMEM);
		memcpy(out->no_ports.ranges, p->scope.no_ports.ranges, size);
		out->no_ports.count = p->scope.no_ports.count;
	}
	return rc;
}

void
policy_stats_get(const struct policy *p, struct policy_stats *out)
{
	*out = p->stats;
	out->queued = targetq_waiting(p->queue);
	out->active = targetq_count_active(p->queue);
}
