/* SPDX-License-Identifier: Apache-2.0 */
/*
 * select: choosing scripts: the C face of core/database.lua and core/selector.lua.
 */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "sensor/base/err.h"

/* The core's message is for people: all of it to the terminal, its first line to the caller. */
static int
failed(struct engine *e, struct errbuf *eb)
{
	const char *text = lua_tostring(e->L, -1);

	engine_printf(e, "NSE: failed to initialize the script engine:\n%s\n\n",
	    text == NULL ? "?" : text);
	err_set(eb, ES_E(FORMAT), "%.*s",
	    text == NULL ? 1 : (int)strcspn(text, "\n"),
	    text == NULL ? "?" : text);
	lua_pop(e->L, 1);
	return ES_E(FORMAT);
}

int
engine_select(struct engine *e, const char *const *rules, size_t nrules,
    bool version, struct selection **out, struct errbuf *eb)
{
	struct selection *s = calloc(1, sizeof(*s));
	lua_State *L = e->L;

	if (s == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for a selection");
	lua_newtable(L);
	for (size_t i = 0; i < nrules; i++) {
		lua_pushstring(L, rules[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_pushboolean(L, version);
	if (engine_core_call(e, "select", 2, 1) != 0) {
		free(s);
		return failed(e, eb);
	}
	s->engine = e;
	s->ref = luaL_ref(L, LUA_REGISTRYINDEX);
	*out = s;
	return 0;
}

void
selection_free(struct selection *s)
{
	if (s == NULL)
		return;
	luaL_unref(s->engine->L, LUA_REGISTRYINDEX, s->ref);
	free(s);
}

unsigned
selection_count(const struct selection *s)
{
	lua_State *L = s->engine->L;
	unsigned n;

	lua_rawgeti(L, LUA_REGISTRYINDEX, s->ref);
	lua_getfield(L, -1, "scripts");
	n = (unsigned)lua_rawlen(L, -1);
	lua_pop(L, 2);
	return n;
}

static bool
ask(const struct selection *s, const char *question, const char *word)
{
	lua_State *L = s->engine->L;
	bool yes = false;

	lua_rawgeti(L, LUA_REGISTRYINDEX, s->ref);
	lua_pushstring(L, word);
	if (engine_core_call(s->engine, question, 2, 1) == 0)
		yes = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return yes;
}

bool
selection_has_phase(const struct selection *s, enum nse_phase phase)
{
	switch (phase) {
	case PHASE_PRE:
		return ask(s, "has_rule", "prerule");
	case PHASE_SCAN:
		return ask(s, "has_rule", "hostrule") ||
		       ask(s, "has_rule", "portrule");
	case PHASE_POST:
		return ask(s, "has_rule", "postrule");
	}
	return false;
}

bool
selection_has_category(const struct selection *s, const char *category)
{
	return ask(s, "has_category", category);
}

int
selection_help(struct selection *s, bool xml, struct buf *out)
{
	lua_State *L = s->engine->L;
	size_t len;
	const char *text;

	lua_rawgeti(L, LUA_REGISTRYINDEX, s->ref);
	lua_pushboolean(L, xml);
	if (engine_core_call(s->engine, "help", 2, 1) != 0)
		return failed(s->engine, NULL);
	text = lua_tolstring(L, -1, &len);
	buf_put(out, text, len);
	lua_pop(L, 1);
	return out->bad ? ES_E(NOMEM) : 0;
}

int
engine_update_db(struct engine *e, struct errbuf *eb)
{
	if (engine_core_call(e, "update_db", 0, 0) != 0)
		return failed(e, eb);
	return 0;
}
