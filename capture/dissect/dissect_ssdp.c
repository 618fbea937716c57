/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSDP: UPnP devices that announce themselves or answer a search, with the software they run (SERVER) and where their
 * description is (LOCATION).
 *
 * A device speaks from port 1900 when it announces and to the asker's own port when it answers, so the service is told
 * here, at port 1900 of whoever has a SERVER line. Searchers are no devices.
 *
 * Spec: UPnP Device Architecture 2.0 §1.2, §1.3.
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

#define PORT 1900
#define HTTP_PORT 80

/* "http://192.0.2.7:49152/x.xml" when the address is the sender's own. */
static void
location(struct dissect_ctx *ctx, struct cursor url)
{
	struct endpoint end = { ctx->pkt->src.addr, HTTP_PORT };
	char host[ADDR_TEXT];
	struct addr addr;
	size_t n = 0;

	if (!CUR_STARTS(&url, "http://"))
		return;
	cur_skip(&url, 7);
	while (cur_left(&url) > 0 && n + 1 < sizeof(host) &&
	       cur_peek(&url, 0) != ':' && cur_peek(&url, 0) != '/')
		host[n++] = (char)cur_u8(&url);
	host[n] = '\0';
	if (addr_parse(host, &addr) != 0 || !addr_eq(&addr, &end.addr))
		return;
	if (cur_u8(&url) == ':') {
		uint32_t port = 0;

		while (cur_peek(&url, 0) >= '0' && cur_peek(&url, 0) <= '9' &&
		       port <= UINT16_MAX)
			port = port * 10 + (uint32_t)(cur_u8(&url) - '0');
		if (port == 0 || port > UINT16_MAX)
			return;
		end.port = (uint16_t)port;
	}
	observe_service(ctx, &end, IPPROTO_TCP, SVC_ANNOUNCED, "http");
}

static bool
is_device(const struct cursor *line)
{
	return CUR_STARTS(line, "NOTIFY * HTTP/1.") ||
	       CUR_STARTS(line, "HTTP/1.1 200");
}

static enum claim
ssdp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	if (CUR_STARTS(&line, "M-SEARCH * HTTP/1.") ||
	    CUR_STARTS(&line, "NOTIFY * HTTP/1."))
		return CLAIM_YES;
	return ctx->port_hint && is_device(&line) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
ssdp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line, value;
	struct observation *obs;

	if (!cur_line(&cur, true, &line))
		return VERDICT_OK;
	if (!is_device(&line)) {
		dissect_server_is(ctx, ctx->side ^ 1U);
		return VERDICT_OK;
	}
	dissect_server_is(ctx, ctx->side);
	while (cur_line(&cur, false, &line)) {
		if (lines_header(&line, "LOCATION", &value))
			location(ctx, value);
		if (!lines_header(&line, "SERVER", &value))
			continue;
		obs = observe(ctx, OBS_BANNER);
		obs->addr = ctx->pkt->src.addr;
		obs->port = PORT;
		obs->proto = IPPROTO_UDP;
		obs->strength = STRENGTH_ONE_WAY;
		obs->text = text_of(value.at, cur_left(&value));
		obs->text2 = text_str("ssdp.server");
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT } };

const struct dissector dissect_ssdp = {
	.name = "ssdp",
	.spec = "UPnP Device Architecture 2.0",
	.source = SRC_SSDP,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "MNH",
	.nfirst = 3,
	.probe = ssdp_probe,
	.dissect = ssdp_dissect,
};
