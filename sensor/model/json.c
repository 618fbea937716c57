/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer; see json.h. RFC 8259.
 */
#include "sensor/model/json.h"

#include <inttypes.h>
#include <string.h>

#include "sensor/base/str.h"

#define REPLACEMENT "\xef\xbf\xbd"

static void
quote(struct json *j, const unsigned char *s, size_t n)
{
	size_t plain = 0, used;

	buf_u8(j->out, '"');
	while (plain < n) {
		unsigned code = 0;
		size_t start = plain;

		while (plain < n && s[plain] >= 0x20 && s[plain] < 0x7f &&
		       s[plain] != '"' && s[plain] != '\\')
			plain++;
		buf_put(j->out, s + start, plain - start);
		if (plain == n)
			break;
		used = str_utf8(s + plain, n - plain, &code);
		if (used == 0) {
			buf_str(j->out, REPLACEMENT);
			j->repaired = true;
			used = 1;
		} else if (code == '"' || code == '\\') {
			buf_u8(j->out, '\\');
			buf_u8(j->out, (uint8_t)code);
		} else if (code < 0x20 || code == 0x7f) {
			buf_printf(j->out, "\\u%04x", code);
		} else {
			buf_put(j->out, s + plain, used);
		}
		plain += used;
	}
	buf_u8(j->out, '"');
}

static void
begin_value(struct json *j, const char *key)
{
	if (j->comma)
		buf_u8(j->out, ',');
	j->comma = true;
	if (key != NULL) {
		buf_u8(j->out, '"');
		buf_str(j->out, key);
		buf_put(j->out, "\":", 2);
	}
}

void
json_open(struct json *j, const char *key, char bracket)
{
	begin_value(j, key);
	buf_u8(j->out, (uint8_t)bracket);
	j->comma = false;
}

void
json_close(struct json *j, char bracket)
{
	buf_u8(j->out, (uint8_t)bracket);
	j->comma = true;
}

void
json_str(struct json *j, const char *key, const void *text, size_t len)
{
	begin_value(j, key);
	quote(j, text, len);
}

void
json_text(struct json *j, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_str(j, key, text, strlen(text));
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	begin_value(j, key);
	buf_printf(j->out, "%" PRId64, value);
}

void
json_uint(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	buf_printf(j->out, "%" PRIu64, value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	buf_str(j->out, value ? "true" : "false");
}

void
json_hundredths(struct json *j, const char *key, unsigned hundredths)
{
	begin_value(j, key);
	buf_printf(j->out, "%u.%02u", hundredths / 100, hundredths % 100);
}

void
json_time(struct json *j, const char *key, struct wall value)
{
	char text[WALL_TEXT];

	if (value.ns != 0)
		json_text(j, key, wall_fmt(value, text));
}

void
json_raw(struct json *j, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	begin_value(j, key);
	buf_str(j->out, text);
}

void
json_base64(struct json *j, const char *key, const void *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = data;
	size_t i;

	begin_value(j, key);
	buf_u8(j->out, '"');
	for (i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		char four[4];

		v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < len ? p[i + 2] : 0U;
		four[0] = digits[v >> 18];
		four[1] = digits[v >> 12 & 63];
		four[2] = digits[v >> 6 & 63];
		four[3] = digits[v & 63];
		if (i + 1 >= len)
			four[2] = '=';
		if (i + 2 >= len)
			four[3] = '=';
		buf_put(j->out, four, sizeof(four));
	}
	buf_u8(j->out, '"');
}
