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

/* The categories of the script at the top of the stack, joined by commas. */
static void
join_categories(lua_State *L, struct buf *out)
{
	lua_Integer n, i;

	buf_reset(out);
	lua_getfield(L, -1, "categories");
	n = (lua_Integer)lua_rawlen(L, -1);
	for (i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, i);
		buf_str(out, i > 1 ? "," : "");
		if (lua_type(L, -1) == LUA_TSTRING)
			buf_str(out, lua_tostring(L, -1));
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

void
selection_each(const struct selection *s,
    void (*visit)(
	void *arg, const char *id, const char *path, const char *categories),
    void *arg)
{
	lua_State *L = s->engine->L;
	struct buf categories;
	lua_Integer n, i;

	buf_init(&categories, 4096);
	lua_rawgeti(L, LUA_REGISTRYINDEX, s->ref);
	lua_getfield(L, -1, "scripts");
	n = (lua_Integer)lua_rawlen(L, -1);
	for (i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, i);
		lua_getfield(L, -1, "script");
		join_categories(L, &categories);
		lua_getfield(L, -1, "id");
		lua_getfield(L, -2, "path");
		visit(arg, lua_tostring(L, -2), lua_tostring(L, -1),
		    buf_cstr(&categories));
		lua_pop(L, 4);
	}
	lua_pop(L, 2);
	buf_fini(&categories);
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
