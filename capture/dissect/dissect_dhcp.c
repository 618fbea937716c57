/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCPv4: names, MAC bindings, the client's print, and who serves.
 *
 * What a client asks for is a wish until the ACK: so the name it sent (options
 * 12 and 81) is kept by hardware address and told for an address only when the
 * server acknowledges one, or when the client already uses it (ciaddr). Option
 * 55 in the order sent is the print "dhcp55". The sender of a reply is a DHCP
 * server when option 54 names it; a relay's is not.
 *
 * The names that wait for their ACK are in a table of fixed size, two places a
 * slot; a newcomer pushes out the older of the two.
 *
 * Spec: RFC 2131, RFC 2132, RFC 4702. Anchor: Satori, Fingerbank.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "capture/dissect/dhcpmsg.h"
#include "capture/dissect/dissect.h"
#include "sensor/base/hash.h"

#define PORT_SERVER 67
#define PORT_CLIENT 68
#define SLOTS 512
#define WAYS 2
#define NAME_LEN 64

struct dhcp_client {
	struct mac mac;
	uint8_t hostname_len;
	uint8_t fqdn_len;
	char hostname[NAME_LEN];
	char fqdn[NAME_LEN];
};

/* Newest first in each slot. */
struct dhcp_instance {
	struct dhcp_client clients[SLOTS][WAYS];
};

static struct dhcp_client *
slot_of(struct dhcp_instance *inst, const struct mac *mac)
{
	return inst->clients[hash_bytes(mac->b, sizeof(mac->b)) % SLOTS];
}

static const struct dhcp_client *
client_find(struct dhcp_instance *inst, const struct mac *mac)
{
	struct dhcp_client *slot = slot_of(inst, mac);

	for (size_t i = 0; i < WAYS; i++) {
		if (mac_eq(&slot[i].mac, mac))
			return &slot[i];
	}
	return NULL;
}

static void
client_store(struct dhcp_instance *inst, const struct dhcp_msg *msg)
{
	struct dhcp_client *slot = slot_of(inst, &msg->chaddr);
	size_t fqdn = strlen(msg->fqdn);
	struct dhcp_client new = { .mac = msg->chaddr };

	if (msg->hostname.len > 0 && msg->hostname.len <= NAME_LEN) {
		new.hostname_len = (uint8_t)msg->hostname.len;
		memcpy(new.hostname, msg->hostname.p, msg->hostname.len);
	}
	if (fqdn > 0 && fqdn <= NAME_LEN) {
		new.fqdn_len = (uint8_t)fqdn;
		memcpy(new.fqdn, msg->fqdn, fqdn);
	}
	if (new.hostname_len == 0 && new.fqdn_len == 0)
		return;
	if (!mac_eq(&slot[0].mac, &new.mac))
		slot[1] = slot[0];
	slot[0] = new;
}

static void
tell_names(struct dissect_ctx *ctx, const struct dhcp_client *client,
    const struct addr *addr, enum strength strength)
{
	if (client == NULL)
		return;
	observe_name(ctx, addr, &client->mac,
	    text_of(client->hostname, client->hostname_len), "dhcp.hostname",
	    strength);
	observe_name(ctx, addr, &client->mac,
	    text_of(client->fqdn, client->fqdn_len), "dhcp.fqdn", strength);
}

/* "1,3,6,15": at most four characters an option. */
static void
tell_print(struct dissect_ctx *ctx, const struct dhcp_msg *msg)
{
	size_t n = 0, size = (size_t)msg->params.len * 4 + 1;
	char *out = msg->params.len == 0 ? NULL : dissect_scratch(ctx, size);

	if (out == NULL)
		return;
	for (size_t i = 0; i < msg->params.len; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%u",
		    i == 0 ? "" : ",", msg->params.p[i]);
	observe_print(ctx, NULL, &msg->chaddr, "dhcp55", text_of(out, n));
}

static void
client_message(struct dissect_ctx *ctx, const struct dhcp_msg *msg)
{
	const struct dhcp_client *client;

	if (!msg->has_chaddr)
		return;
	client_store(ctx->instance, msg);
	client = client_find(ctx->instance, &msg->chaddr);
	tell_print(ctx, msg);
	if (addr_is_unicast(&msg->ciaddr)) {
		observe_host(ctx, &msg->ciaddr, STRENGTH_ONE_WAY);
		observe_mac(ctx, &msg->ciaddr, &msg->chaddr, STRENGTH_ONE_WAY);
		tell_names(ctx, client, &msg->ciaddr, STRENGTH_ONE_WAY);
	} else {
		tell_names(ctx, client, NULL, STRENGTH_CLAIMED);
	}
}

static void
server_message(struct dissect_ctx *ctx, const struct dhcp_msg *msg)
{
	const struct endpoint server = { ctx->pkt->src.addr, PORT_SERVER };
	const struct addr *leased =
	    addr_is_unicast(&msg->yiaddr) ? &msg->yiaddr : &msg->ciaddr;

	if (addr_is_unicast(&server.addr) &&
	    addr_eq(&server.addr, &msg->server)) {
		observe_service(
		    ctx, &server, IPPROTO_UDP, SVC_OPEN_REPLY, "dhcp");
		observe_role(ctx, &server.addr, NULL, "dhcp-server");
	}
	if (msg->type != DHCP_ACK || !addr_is_unicast(leased))
		return;
	observe_host(ctx, leased, STRENGTH_LINK_PROVED);
	if (!msg->has_chaddr)
		return;
	observe_mac(ctx, leased, &msg->chaddr, STRENGTH_LINK_PROVED);
	tell_names(ctx, client_find(ctx->instance, &msg->chaddr), leased,
	    STRENGTH_LINK_PROVED);
	observe_name(ctx, leased, &msg->chaddr, msg->hostname, "dhcp.server",
	    STRENGTH_CLAIMED);
}

static enum claim
dhcp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct dhcp_msg msg;

	(void)ctx;
	return dhcpmsg_parse(cur, &msg) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
dhcp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct dhcp_msg msg;

	if (!dhcpmsg_parse(cur, &msg))
		return VERDICT_MALFORMED;
	if (!msg.complete && !ctx->partial)
		return VERDICT_MALFORMED;
	dissect_server_is(ctx, msg.reply ? ctx->side : ctx->side ^ 1U);
	if (msg.reply)
		server_message(ctx, &msg);
	else
		client_message(ctx, &msg);
	return msg.complete ? VERDICT_OK : VERDICT_TRUNCATED;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT_SERVER },
	{ KEY_UDP_PORT, PORT_CLIENT } };

const struct dissector dissect_dhcp = {
	.name = "dhcp",
	.spec = "RFC 2131",
	.source = SRC_DHCP,
	.instance_size = sizeof(struct dhcp_instance),
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\1\2",
	.nfirst = 2,
	.probe = dhcp_probe,
	.dissect = dhcp_dissect,
};
