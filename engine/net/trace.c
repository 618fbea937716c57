/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: see trace.h. The format is a contract: people's tools read it.
 */
#include "engine/net/trace.h"

#include <stdint.h>

#include "engine/net/sock.h"
#include "engine/state.h"

#define TRACE_MAX (1024 * 1024)

static bool
is_print(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
format_text(struct buf *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_print(p[i]) || is_space(p[i]))
			buf_u8(out, p[i]);
		else
			buf_printf(out, "  \\%u", p[i]);
	}
}

static void
format_dump(struct buf *out, const uint8_t *p, size_t len)
{
	for (size_t at = 0; at < len; at += 16) {
		size_t n = len - at < 16 ? len - at : 16;

		buf_printf(out, "%08zx: ", at);
		for (size_t i = 0; i < 16; i++) {
			if (i < n)
				buf_printf(out, "%02x ", p[at + i]);
			else
				buf_str(out, "   ");
		}
		for (size_t i = 0; i < n; i++) {
			uint8_t c = p[at + i];

			buf_u8(out, is_print(c) ? c : ' ');
		}
		buf_u8(out, '\n');
	}
}

void
trace_format(struct buf *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t printable = 0;

	for (size_t i = 0; i < len; i++)
		printable += is_print(p[i]);
	if (len > 0 && printable * 20 >= len * 19)
		format_text(out, p, len);
	else
		format_dump(out, p, len);
}

bool
trace_on(const struct sock *s)
{
	return s->engine->opt.script_trace || s->engine->opt.debugging >= 3;
}

static void
header(const struct sock *s, bool received, struct buf *out)
{
	char local[ADDR_TEXT] = "unknown protocol";
	char remote[ADDR_TEXT] = "unknown protocol";
	struct endpoint ep = { 0 };
	const char *proto = "N/A";

	if (addr_is_set(&s->peer.addr)) {
		proto = s->udp ? "UDP" : "TCP";
		addr_fmt(&s->peer.addr, remote);
		if (sock_local(s, &ep))
			addr_fmt(&ep.addr, local);
	}
	buf_printf(out, "NSE: %s %s:%u %c %s:%u | ", proto, local, ep.port,
	    received ? '<' : '>', remote, s->peer.port);
}

void
trace_event(const struct sock *s, bool received, const char *text)
{
	struct buf out;

	if (!trace_on(s))
		return;
	buf_init(&out, TRACE_MAX);
	if (s->pcap != NULL)
		buf_str(&out, "NSE: > | ");
	else
		header(s, received, &out);
	buf_printf(&out, "%s\n", text);
	engine_output(s->engine, buf_cstr(&out), out.len);
	buf_fini(&out);
}

void
trace_data(const struct sock *s, bool received, const void *data, size_t len)
{
	struct buf out;

	if (!trace_on(s))
		return;
	buf_init(&out, TRACE_MAX);
	header(s, received, &out);
	trace_format(&out, data, len);
	buf_u8(&out, '\n');
	engine_output(s->engine, buf_cstr(&out), out.len);
	buf_fini(&out);
}
