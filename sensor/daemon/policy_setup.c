/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From configuration to policy; see policy_setup.h.
 */
#include "sensor/daemon/policy_setup.h"

#include <stdlib.h>
#include <string.h>

/* The words and addresses that policy_new copies. */
struct words {
	char (*texts)[CIDR_TEXT];
	const char **list;
};

/* A set of prefixes as the NULL-terminated list of texts that the policy reads; NULL list for an empty set. */
static int
words_of(const struct cidrset *set, struct words *out)
{
	size_t i;

	*out = (struct words){ .texts = NULL };
	if (set->count == 0)
		return 0;
	out->texts = calloc(set->count, sizeof(*out->texts));
	out->list = calloc(set->count + 1, sizeof(*out->list));
	if (out->texts == NULL || out->list == NULL)
		return ES_E(NOMEM);
	for (i = 0; i < set->count; i++)
		out->list[i] = cidr_fmt(&set->items[i], out->texts[i]);
	return 0;
}

static void
words_free(struct words *w)
{
	free(w->texts);
	free(w->list);
}

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static struct policy_options
options_of(const struct run *run, const struct words *scope,
    const struct words *exclude, const char *const *interfaces)
{
	const struct config *c = &run->config;

	return (struct policy_options){
		.enabled = c->probing,
		.scope = scope->list,
		.exclude = exclude->list,
		.ports = or_null(c->ports),
		.fragile = c->exclude_ports,
		.scripts = c->scripts,
		.script_args = or_null(c->script_args),
		.broadcast = { .scripts = c->broadcast_scripts,
		    .interfaces = interfaces,
		    .every_s = (uint32_t)(c->broadcast_every / 1000) },
		.quiet = or_null(c->quiet_hours),
		.raw = c->raw,
		.settle_ms = (int64_t)c->settle,
		.reprobe_s = (uint32_t)(c->reprobe / 1000),
		.rate_total = c->rate,
		.rate_host = c->rate_host,
		.rate_net = c->rate_net,
		.conns_host = c->connections_host,
		.deadline_ms = (uint32_t)c->host_timeout,
	};
}

int
policy_setup(const struct run *run, struct store *store, struct policy **out,
    struct errbuf *eb)
{
	const struct strlist *on = &run->config.broadcast_interfaces;
	struct words scope, exclude = { .texts = NULL };
	const char **interfaces = calloc(on->count + 1, sizeof(*interfaces));
	struct policy_options options;
	size_t i;
	int rc = words_of(&run->scope, &scope);

	if (rc == 0)
		rc = words_of(&run->config.exclude, &exclude);
	if (rc < 0 || interfaces == NULL) {
		rc = err_set(eb, ES_E(NOMEM), "out of memory");
	} else {
		for (i = 0; i < on->count; i++)
			interfaces[i] = on->items[i];
		/* Without a scope the machine's own addresses stand for it,
		 * and nobody said who may be asked all at once. */
		options = options_of(run, &scope, &exclude,
		    run->config.scope.count > 0 &&
			    run->config.broadcast_every > 0
			? interfaces
			: NULL);
		options.store = store;
		rc = policy_new(&options, out, eb);
	}
	free(interfaces);
	words_free(&scope);
	words_free(&exclude);
	return rc;
}

int
policy_setup_view(const struct run *run, struct store *store,
    struct policy **out, struct errbuf *eb)
{
	char value[16];
	int rc = policy_setup(run, NULL, out, eb);

	if (rc < 0)
		return rc;
	rc = store_value_get(store, "probing.halted", value, sizeof(value));
	if (rc == 0 && strcmp(value, "yes") == 0)
		rc = policy_halt(*out, true);
	if (rc < 0) {
		policy_free(*out);
		return err_set(eb, rc, "%s", store_error(store));
	}
	return 0;
}
