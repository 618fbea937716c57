/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hello messages of TLS; see tlshello.h. RFC 8446 §4.1, RFC 5246 §7.4.1, RFC
 * 6066 §3, RFC 8422 §5.1; GREASE values (RFC 8701) are left out of JA3, since
 * clients draw them anew each time.
 */
#include "capture/dissect/tlshello.h"

#include <string.h>

#define SESSION_ID_MAX 32

enum tls_extension {
	EXT_SERVER_NAME = 0,
	EXT_GROUPS = 10,
	EXT_POINT_FORMATS = 11,
	EXT_SUPPORTED_VERSIONS = 43
};

static bool
is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static void
ja3_char(struct tls_hello *hello, char c)
{
	if (hello->ja3_len < JA3_MAX)
		hello->ja3[hello->ja3_len++] = c;
}

/* A number, with a dash before all but the first of its list. */
static void
ja3_number(struct tls_hello *hello, unsigned v, bool first)
{
	char digits[10];
	size_t n = 0;

	if (!first)
		ja3_char(hello, '-');
	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	while (n > 0)
		ja3_char(hello, digits[--n]);
}

static void
ja3_list16(struct tls_hello *hello, struct cursor list)
{
	bool first = true;

	while (cur_left(&list) >= 2) {
		uint16_t v = cur_be16(&list);

		if (is_grease(v))
			continue;
		ja3_number(hello, v, first);
		first = false;
	}
}

static void
ja3_end(struct tls_hello *hello)
{
	if (hello->ja3_len >= JA3_MAX)
		hello->ja3_len = 0;
}

/* RFC 6066 §3: a list of names, of which one may be a host_name (0). */
static void
server_name(struct tls_hello *hello, struct cursor ext)
{
	struct cursor list = cur_sub(&ext, cur_be16(&ext));

	while (cur_left(&list) > 0) {
		uint8_t type = cur_u8(&list);
		struct cursor name = cur_sub(&list, cur_be16(&list));

		if (cur_bad(&list))
			return;
		if (type == 0 && hello->name.len == 0)
			hello->name = text_of(name.at, cur_left(&name));
	}
}

struct client_extensions {
	struct cursor all;
	struct cursor groups;
	struct cursor formats;
};

static bool
client_extensions(
    struct cursor cur, struct tls_hello *hello, struct client_extensions *out)
{
	out->groups = cur_new(NULL, 0);
	out->formats = cur_new(NULL, 0);
	out->all = cur_new(NULL, 0);
	if (cur_left(&cur) == 0)
		return true; /* TLS 1.0 clients may send none */
	cur = cur_sub(&cur, cur_be16(&cur));
	out->all = cur;
	while (cur_left(&cur) > 0) {
		uint16_t type = cur_be16(&cur);
		struct cursor ext = cur_sub(&cur, cur_be16(&cur));

		if (cur_bad(&cur))
			return false;
		if (type == EXT_SERVER_NAME)
			server_name(hello, ext);
		else if (type == EXT_GROUPS)
			out->groups = cur_sub(&ext, cur_be16(&ext));
		else if (type == EXT_POINT_FORMATS)
			out->formats = cur_sub(&ext, cur_u8(&ext));
	}
	return !cur_bad(&cur);
}

static void
ja3_extension_types(struct tls_hello *hello, struct cursor all)
{
	bool first = true;

	while (cur_left(&all) > 0) {
		uint16_t type = cur_be16(&all);

		cur_skip(&all, cur_be16(&all));
		if (is_grease(type))
			continue;
		ja3_number(hello, type, first);
		first = false;
	}
}

bool
tlshello_client(struct cursor body, bool dtls, struct tls_hello *hello)
{
	struct client_extensions ext;
	struct cursor ciphers;
	uint8_t session;
	bool first = true;

	hello->ja3_len = 0;
	hello->name = text_of(NULL, 0);
	hello->version = cur_be16(&body);
	hello->negotiated = 0;
	cur_skip(&body, 32); /* random */
	session = cur_u8(&body);
	cur_skip(&body, session);
	if (dtls)
		cur_skip(&body, cur_u8(&body)); /* cookie */
	ciphers = cur_sub(&body, cur_be16(&body));
	cur_skip(&body, cur_u8(&body)); /* compression */
	if (cur_bad(&body) || session > SESSION_ID_MAX ||
	    !client_extensions(body, hello, &ext))
		return false;
	ja3_number(hello, hello->version, true);
	ja3_char(hello, ',');
	ja3_list16(hello, ciphers);
	ja3_char(hello, ',');
	ja3_extension_types(hello, ext.all);
	ja3_char(hello, ',');
	ja3_list16(hello, ext.groups);
	ja3_char(hello, ',');
	while (cur_left(&ext.formats) > 0) {
		ja3_number(hello, cur_u8(&ext.formats), first);
		first = false;
	}
	ja3_end(hello);
	return true;
}

bool
tlshello_server(struct cursor body, struct tls_hello *hello)
{
	uint16_t cipher;
	bool first = true;

	hello->ja3_len = 0;
	hello->name = text_of(NULL, 0);
	hello->version = cur_be16(&body);
	hello->negotiated = hello->version;
	cur_skip(&body, 32);
	cur_skip(&body, cur_u8(&body));
	cipher = cur_be16(&body);
	cur_skip(&body, 1); /* compression */
	if (cur_bad(&body))
		return false;
	ja3_number(hello, hello->version, true);
	ja3_char(hello, ',');
	ja3_number(hello, cipher, true);
	ja3_char(hello, ',');
	if (cur_left(&body) > 0)
		body = cur_sub(&body, cur_be16(&body));
	while (cur_left(&body) > 0) {
		uint16_t type = cur_be16(&body);
		struct cursor ext = cur_sub(&body, cur_be16(&body));

		if (cur_bad(&body))
			break;
		if (type == EXT_SUPPORTED_VERSIONS)
			hello->negotiated = cur_be16(&ext);
		ja3_number(hello, type, first);
		first = false;
	}
	ja3_end(hello);
	return !cur_bad(&body);
}
