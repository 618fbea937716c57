/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules, in the order in which they count: a refusal names the first that says no, a permission the prefix that
 * says yes. The engine's gate holds the lasting ones a second time (scope_check).
 */
#include <stdarg.h>
#include <stdio.h>

#include "sensor/policy/policy_priv.h"

static bool answer(struct policy_decision *out, bool allowed, const char *rule,
    const char *fmt, ...) ES_PRINTF(4, 5);

static bool
answer(struct policy_decision *out, bool allowed, const char *rule,
    const char *fmt, ...)
{
	va_list ap;

	out->allowed = allowed;
	snprintf(out->rule, sizeof(out->rule), "%s", rule);
	va_start(ap, fmt);
	vsnprintf(out->reason, sizeof(out->reason), fmt, ap);
	va_end(ap);
	return allowed;
}

static bool
decide_address(const struct policy *p, const struct addr *addr,
    struct policy_decision *out)
{
	char text[ADDR_TEXT], prefix[CIDR_TEXT], rule[64];
	const struct cidr *c;

	addr_fmt(addr, text);
	if (!addr_is_unicast(addr))
		return answer(out, false, "special",
		    "%s is no address of one host", text);
	c = cidrset_find(&p->scope.exclude, addr);
	if (c != NULL) {
		snprintf(rule, sizeof(rule), "exclude %s", cidr_fmt(c, prefix));
		return answer(out, false, rule,
		    "%s is excluded by probing.exclude %s", text, prefix);
	}
	c = cidrset_find(&p->scope.allow, addr);
	if (c == NULL)
		return answer(out, false, "out-of-scope",
		    p->scope_is_set ? "%s is not in probing.scope"
				    : "%s is not this machine, and "
				      "probing.scope is not set",
		    text);
	snprintf(rule, sizeof(rule), "allow %s", cidr_fmt(c, prefix));
	return answer(out, true, rule,
	    p->scope_is_set ? "%s is in probing.scope %s"
			    : "%s is this machine's own address (%s)",
	    text, prefix);
}

bool
decide_lasting(const struct policy *p, const struct addr *addr, unsigned proto,
    uint16_t port, struct policy_decision *out)
{
	char rule[64];

	if (!p->opt.enabled)
		return answer(out, false, "disabled", "probing.enabled is off");
	if (!decide_address(p, addr, out))
		return false;
	if (port == 0)
		return true;
	snprintf(rule, sizeof(rule), "port %s/%u", proto_text(proto), port);
	if (portspec_has(&p->scope.no_ports, proto, port))
		return answer(out, false, rule,
		    "%s/%u is a port of fragile devices (probing.fragile)",
		    proto_text(proto), port);
	if (!p->all_ports && !portspec_has(&p->ports, proto, port))
		return answer(out, false, rule, "%s/%u is not in probing.ports",
		    proto_text(proto), port);
	return true;
}

void
policy_decide(const struct policy *p, const struct addr *addr, unsigned proto,
    uint16_t port, struct wall now, struct policy_decision *out)
{
	const struct quiet_span *span;

	if (!decide_lasting(p, addr, proto, port, out))
		return;
	if (p->halted) {
		answer(out, false, "halted",
		    "probing was halted; earshot resume ends that");
		return;
	}
	span = quiet_at(&p->quiet, now);
	if (span != NULL)
		answer(out, false, "quiet",
		    "quiet hours from %02u:%02u to %02u:%02u", span->from / 60,
		    span->from % 60, span->to / 60, span->to % 60);
}
