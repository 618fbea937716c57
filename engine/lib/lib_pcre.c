/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcre: the regular expressions that old scripts know, on PCRE2. Flags keep PCRE1's numbers, because scripts pass
 * literals, and are translated here.
 *
 * Matching runs over octets of hostile peers: limits turn a runaway pattern into "no match". Flags that would skip
 * PCRE2's own checks are accepted and ignored.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <lauxlib.h>
#include <locale.h>
#include <pcre2.h>
#include <stdbool.h>

#include "engine/lib/lib.h"
#include "sensor/base/attrs.h"

#define REGEX_TYPE "pcre_regex_handle"
#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 10000
#define HEAP_LIMIT_KIB 20000

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	const uint8_t *tables; /* of a locale; NULL = built in */
	uint32_t groups;
};

/* PCRE1's numbers with what they are now. */
static const struct {
	const char *name;
	lua_Integer number;
	uint32_t compile;
	uint32_t match;
} flags[] = {
	{ "CASELESS", 0x1, PCRE2_CASELESS, 0 },
	{ "MULTILINE", 0x2, PCRE2_MULTILINE, 0 },
	{ "DOTALL", 0x4, PCRE2_DOTALL, 0 },
	{ "EXTENDED", 0x8, PCRE2_EXTENDED, 0 },
	{ "ANCHORED", 0x10, PCRE2_ANCHORED, PCRE2_ANCHORED },
	{ "DOLLAR_ENDONLY", 0x20, PCRE2_DOLLAR_ENDONLY, 0 },
	{ "EXTRA", 0x40, 0, 0 },
	{ "NOTBOL", 0x80, 0, PCRE2_NOTBOL },
	{ "NOTEOL", 0x100, 0, PCRE2_NOTEOL },
	{ "UNGREEDY", 0x200, PCRE2_UNGREEDY, 0 },
	{ "NOTEMPTY", 0x400, 0, PCRE2_NOTEMPTY },
	{ "UTF8", 0x800, PCRE2_UTF, 0 },
	{ "NO_AUTO_CAPTURE", 0x1000, PCRE2_NO_AUTO_CAPTURE, 0 },
	{ "NO_UTF8_CHECK", 0x2000, 0, 0 },
	{ "AUTO_CALLOUT", 0x4000, PCRE2_AUTO_CALLOUT, 0 },
	{ "PARTIAL", 0x8000, 0, 0 },
	{ "DFA_SHORTEST", 0x10000, 0, 0 },
	{ "DFA_RESTART", 0x20000, 0, 0 },
	{ "FIRSTLINE", 0x40000, PCRE2_FIRSTLINE, 0 },
	{ "DUPNAMES", 0x80000, PCRE2_DUPNAMES, 0 },
	{ "NEWLINE_CR", 0x100000, 0, 0 },
	{ "NEWLINE_LF", 0x200000, 0, 0 },
	{ "NEWLINE_CRLF", 0x300000, 0, 0 },
	{ "NEWLINE_ANY", 0x400000, 0, 0 },
	{ "NEWLINE_ANYCRLF", 0x500000, 0, 0 },
	{ "BSR_ANYCRLF", 0x800000, 0, 0 },
	{ "BSR_UNICODE", 0x1000000, 0, 0 },
};

#define NEWLINE_SHIFT 20
#define NEWLINE_MASK 0x7
#define BSR_ANYCRLF 0x800000
#define BSR_UNICODE 0x1000000

static uint32_t
compile_options(lua_Integer given)
{
	uint32_t options = 0;
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(flags); i++)
		if (given & flags[i].number)
			options |= flags[i].compile;
	return options;
}

static uint32_t
match_options(lua_Integer given)
{
	uint32_t options = 0;
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(flags); i++)
		if (given & flags[i].number)
			options |= flags[i].match;
	return options;
}

/* ---- making one ---- */

/* Character tables of a locale; NULL when there is no such locale. */
static const uint8_t *
locale_tables(const char *name)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, name, (locale_t)0);
	locale_t before;
	const uint8_t *tables;

	if (locale == (locale_t)0)
		return NULL;
	before = uselocale(locale);
	tables = pcre2_maketables(NULL);
	uselocale(before);
	freelocale(locale);
	return tables;
}

/* Newline and \R conventions are no options any more. Returns whether PCRE2 took them. */
static bool
set_conventions(pcre2_compile_context *context, lua_Integer given)
{
	static const uint32_t newlines[] = { PCRE2_NEWLINE_LF, PCRE2_NEWLINE_CR,
		PCRE2_NEWLINE_LF, PCRE2_NEWLINE_CRLF, PCRE2_NEWLINE_ANY,
		PCRE2_NEWLINE_ANYCRLF };
	size_t newline = (size_t)(given >> NEWLINE_SHIFT) & NEWLINE_MASK;

	if (newline >= ES_ARRAY_LEN(newlines))
		return false;
	pcre2_set_newline(context, newlines[newline]);
	if (given & BSR_ANYCRLF)
		pcre2_set_bsr(context, PCRE2_BSR_ANYCRLF);
	else if (given & BSR_UNICODE)
		pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
	return true;
}

/* Compile into @p re; on failure *error is PCRE2's code and *offset where. */
static bool
compile(struct regex *re, const char *pattern, lua_Integer given, int *error,
    size_t *offset)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);

	*error = PCRE2_ERROR_NOMEMORY;
	*offset = 0;
	if (context == NULL)
		return false;
	if (re->tables != NULL)
		pcre2_set_character_tables(context, re->tables);
	if (set_conventions(context, given))
		re->code =
		    pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
			compile_options(given), error, offset, context);
	else
		*error = PCRE2_ERROR_BADOPTION;
	pcre2_compile_context_free(context);
	return re->code != NULL;
}

static bool
prepare_matching(struct regex *re)
{
	re->data = pcre2_match_data_create_from_pattern(re->code, NULL);
	re->context = pcre2_match_context_create(NULL);
	if (re->data == NULL || re->context == NULL)
		return false;
	pcre2_set_match_limit(re->context, MATCH_LIMIT);
	pcre2_set_depth_limit(re->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(re->context, HEAP_LIMIT_KIB);
	/* Where there is no JIT, the interpreter does the same. */
	(void)pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
	(void)pcre2_pattern_info(
	    re->code, PCRE2_INFO_CAPTURECOUNT, &re->groups);
	return true;
}

static int new (lua_State *L)
{
	const char *pattern = luaL_checkstring(L, 1);
	lua_Integer given = luaL_optinteger(L, 2, 0);
	const char *locale = luaL_optstring(L, 3, NULL);
	struct regex *re = lua_newuserdatauv(L, sizeof(*re), 0);
	int error;
	size_t offset;

	*re = (struct regex){ 0 };
	luaL_setmetatable(L, REGEX_TYPE);
	if (locale != NULL) {
		re->tables = locale_tables(locale);
		if (re->tables == NULL)
			return luaL_error(L, "cannot set locale");
	}
	if (!compile(re, pattern, given, &error, &offset)) {
		PCRE2_UCHAR text[256];

		(void)pcre2_get_error_message(error, text, sizeof(text));
		return luaL_error(L, "%s (pattern offset: %d)",
		    (const char *)text, (int)offset + 1);
	}
	if (!prepare_matching(re))
		return luaL_error(L, "not enough memory");
	return 1;
}

static int
collect(lua_State *L)
{
	struct regex *re = luaL_checkudata(L, 1, REGEX_TYPE);

	pcre2_match_data_free(re->data);
	pcre2_match_context_free(re->context);
	pcre2_code_free(re->code);
	pcre2_maketables_free(NULL, re->tables);
	*re = (struct regex){ 0 };
	return 0;
}

/* ---- matching ---- */

struct subject {
	struct regex *re;
	const char *text;
	size_t len;
	uint32_t options;
};

/* Octet offset of a one-based position; false beyond the end. */
static bool
start_offset(lua_Integer start, size_t len, size_t *out)
{
	lua_Integer n = (lua_Integer)len;

	if (start > n + 1)
		return false;
	if (start > 0)
		*out = (size_t)(start - 1);
	else if (start == 0 || start < -n)
		*out = 0;
	else
		*out = (size_t)(n + start);
	return true;
}

/* The offsets of whole match and groups, or NULL: no match, whatever the reason. Valid until the next match. */
static const size_t *
match_at(const struct subject *s, size_t offset)
{
	int rc = pcre2_match(s->re->code, (PCRE2_SPTR)s->text, s->len, offset,
	    s->options, s->re->data, s->re->context);

	return rc < 0 ? NULL : pcre2_get_ovector_pointer(s->re->data);
}

static bool
is_set(const size_t *ovector, size_t group)
{
	return ovector[2 * group] != PCRE2_UNSET;
}

static void
push_group(lua_State *L, const struct subject *s, size_t group)
{
	const size_t *ovector = pcre2_get_ovector_pointer(s->re->data);

	if (is_set(ovector, group))
		lua_pushlstring(L, s->text + ovector[2 * group],
		    ovector[2 * group + 1] - ovector[2 * group]);
	else
		lua_pushboolean(L, 0);
}

/* Add named groups: each entry of PCRE2's table is two octets of number, then the name. */
static void
set_names(lua_State *L, const struct subject *s)
{
	PCRE2_SPTR table;
	uint32_t count = 0;
	uint32_t size = 0;
	uint32_t i;

	(void)pcre2_pattern_info(s->re->code, PCRE2_INFO_NAMECOUNT, &count);
	(void)pcre2_pattern_info(s->re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	(void)pcre2_pattern_info(s->re->code, PCRE2_INFO_NAMETABLE, &table);
	for (i = 0; i < count; i++) {
		const unsigned char *entry = table + (size_t)i * size;

		push_group(L, s, (size_t)entry[0] << 8 | entry[1]);
		lua_setfield(L, -2, (const char *)(entry + 2));
	}
}

static void
push_captures(lua_State *L, const struct subject *s)
{
	uint32_t i;

	lua_createtable(L, (int)s->re->groups, 0);
	for (i = 1; i <= s->re->groups; i++) {
		push_group(L, s, i);
		lua_rawseti(L, -2, i);
	}
	set_names(L, s);
}

static void
push_position(lua_State *L, bool set, size_t position)
{
	if (set)
		lua_pushinteger(L, (lua_Integer)position);
	else
		lua_pushboolean(L, 0);
}

static void
push_offsets(lua_State *L, const struct subject *s)
{
	const size_t *ovector = pcre2_get_ovector_pointer(s->re->data);
	size_t i;

	lua_createtable(L, (int)s->re->groups * 2, 0);
	for (i = 1; i <= s->re->groups; i++) {
		bool set = is_set(ovector, i);

		push_position(L, set, ovector[2 * i] + 1);
		lua_rawseti(L, -2, 2 * (lua_Integer)i - 1);
		push_position(L, set, ovector[2 * i + 1]);
		lua_rawseti(L, -2, 2 * (lua_Integer)i);
	}
}

static struct subject
check_subject(lua_State *L, int eflags)
{
	struct subject s = { .re = luaL_checkudata(L, 1, REGEX_TYPE) };

	s.text = luaL_checklstring(L, 2, &s.len);
	s.options = match_options(luaL_optinteger(L, eflags, 0));
	return s;
}

/* (regex, subject [, start [, eflags]]) */
static int
find(lua_State *L, void (*push)(lua_State *, const struct subject *))
{
	struct subject s = check_subject(L, 4);
	const size_t *ovector;
	size_t offset;

	if (!start_offset(luaL_optinteger(L, 3, 1), s.len, &offset))
		return 0;
	ovector = match_at(&s, offset);
	if (ovector == NULL)
		return 0;
	lua_pushinteger(L, (lua_Integer)ovector[0] + 1);
	lua_pushinteger(L, (lua_Integer)ovector[1]);
	push(L, &s);
	return 3;
}

static int
match(lua_State *L)
{
	return find(L, push_captures);
}

static int
exec(lua_State *L)
{
	return find(L, push_offsets);
}

/* (regex, subject, function [, limit [, eflags]]) */
static int
gmatch(lua_State *L)
{
	struct subject s = check_subject(L, 5);
	lua_Integer limit = luaL_optinteger(L, 4, 0);
	lua_Integer count = 0;
	size_t offset = 0;
	bool stop = false;

	luaL_checktype(L, 3, LUA_TFUNCTION);
	while (!stop && offset <= s.len && (limit <= 0 || count < limit)) {
		const size_t *ovector = match_at(&s, offset);

		if (ovector == NULL)
			break;
		count++;
		/* Go on behind the match, and behind the next octet when it was empty. */
		offset = ovector[1] > ovector[0] ? ovector[1] : ovector[1] + 1;
		lua_pushvalue(L, 3);
		push_group(L, &s, 0);
		push_captures(L, &s);
		lua_call(L, 2, 1);
		stop = lua_toboolean(L, -1);
		lua_pop(L, 1);
	}
	lua_pushinteger(L, count);
	return 1;
}

/* ---- the module ---- */

static int
push_flags(lua_State *L)
{
	size_t i;

	lua_newtable(L);
	for (i = 0; i < ES_ARRAY_LEN(flags); i++) {
		lua_pushinteger(L, flags[i].number);
		lua_setfield(L, -2, flags[i].name);
	}
	return 1;
}

static int
version(lua_State *L)
{
	char text[64];

	(void)pcre2_config(PCRE2_CONFIG_VERSION, text);
	lua_pushstring(L, text);
	return 1;
}

static const luaL_Reg methods[] = {
	{ "match", match },
	{ "exec", exec },
	{ "gmatch", gmatch },
	{ "__gc", collect },
	{ NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "new", new },
	{ "flags", push_flags },
	{ "version", version },
	{ NULL, NULL },
};

static int
pcre_open(lua_State *L)
{
	luaL_newmetatable(L, REGEX_TYPE);
	luaL_setfuncs(L, methods, 0);
	lua_pushvalue(L, -1);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	return 1;
}

const struct nse_lib lib_pcre = { .name = "pcre", .open = pcre_open };
