/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling an inventory things in one line each, and reading back its facts.
 */
#pragma once

#include "tests/unit/inventory/world.h"

static inline struct addr
address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

/* An observation of now about @p addr (may be NULL) and @p mac (may be NULL). */
static inline struct observation
about(struct world *w, enum obs_kind kind, const char *addr, const char *mac,
    unsigned strength)
{
	struct observation o = { .kind = kind,
		.ts.ns = w->now_ns,
		.source = SRC_IP,
		.strength = (uint8_t)strength };

	if (addr != NULL)
		o.addr = address(addr);
	if (mac != NULL) {
		assert_int_equal(mac_parse(mac, &o.mac), 0);
		o.has_mac = true;
	}
	return o;
}

static inline void
say(struct world *w, struct observation o)
{
	assert_int_equal(inventory_observe(w->inv, &o), 0);
}

static inline void
say_host(struct world *w, const char *addr, unsigned strength)
{
	say(w, about(w, OBS_HOST, addr, NULL, strength));
}

static inline void
say_mac(struct world *w, const char *addr, const char *mac)
{
	struct observation o =
	    about(w, OBS_MAC, addr, mac, STRENGTH_LINK_PROVED);

	o.source = SRC_ARP;
	say(w, o);
}

static inline void
say_frame(struct world *w, const char *addr, const char *mac, unsigned ttl)
{
	struct observation o =
	    about(w, OBS_FRAME_MAC, addr, mac, STRENGTH_UNICAST);

	o.aux = ttl;
	say(w, o);
}

static inline void
say_name(struct world *w, const char *addr, const char *name, unsigned source)
{
	struct observation o = about(w, OBS_NAME, addr, NULL, STRENGTH_ONE_WAY);

	o.text = text_str(name);
	o.source = (uint16_t)source;
	say(w, o);
}

static inline void
say_service(struct world *w, const char *addr, uint16_t port,
    enum svc_state state, const char *name)
{
	struct observation o =
	    about(w, OBS_SERVICE, addr, NULL, STRENGTH_TWO_WAY);

	o.proto = IPPROTO_TCP;
	o.port = port;
	o.aux = state;
	o.source = SRC_TCP;
	o.text = text_str(name);
	say(w, o);
}

static inline void
say_banner(struct world *w, const char *addr, uint16_t port, const char *what,
    const char *banner)
{
	struct observation o =
	    about(w, OBS_BANNER, addr, NULL, STRENGTH_TWO_WAY);

	o.proto = IPPROTO_TCP;
	o.port = port;
	o.text = text_str(banner);
	o.text2 = text_str(what);
	say(w, o);
}

static inline const char *
facts(struct world *w)
{
	buf_reset(&w->facts);
	inventory_facts(w->inv, &w->facts, NULL, NULL);
	assert_false(w->facts.bad);
	return buf_cstr(&w->facts);
}

static inline void
expect_facts(struct world *w, const char *expected)
{
	assert_string_equal(facts(w), expected);
}

/* Fails unless event number @p i (from 0) has all of the given words. */
static inline void
expect_event(struct world *w, size_t i, const char *code, const char *word)
{
	char quoted[64];

	if (i >= w->nevents)
		fail_msg("only %zu events", w->nevents);
	snprintf(quoted, sizeof(quoted), "\"code\":\"%s\"", code);
	if (strstr(w->events[i], quoted) == NULL ||
	    strstr(w->events[i], word) == NULL)
		fail_msg("not %s with %s: %s", code, word, w->events[i]);
}
