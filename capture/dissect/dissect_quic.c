/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC: the name a client asks for, JA3 and JA3S, from Initial packets with their protection taken off.
 *
 * The keys come from the destination id of the client's first Initial (after a Retry: of the one that carries the
 * token). A ClientHello is cut into CRYPTO frames in any order, often over two datagrams, so its octets gather in one
 * of a few assemblies that all flows share; the one used least recently is given up for a newcomer. Whoever's packet
 * opens with the client's keys is the client.
 *
 * Spec: RFC 9000 §17.2, §19.6; RFC 9001 §5; RFC 9369 (version 2).
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/digest.h"
#include "capture/dissect/dissect.h"
#include "capture/dissect/quiccrypt.h"
#include "capture/dissect/scratch.h"
#include "capture/dissect/tlshello.h"

#define LONG_HEADER 0x80
#define FIXED_BIT 0x40
#define TYPE_INITIAL 0
#define DATAGRAM_MAX 4096
#define PACKETS_MAX 8 /* coalesced in one datagram */
#define TRIES_MAX 16  /* Initial packets of one flow that are opened */
#define ASSEMBLIES 64
#define ASSEMBLY_LEN 4096

enum quic_frame {
	FRAME_PADDING = 0x00,
	FRAME_PING = 0x01,
	FRAME_ACK = 0x02,
	FRAME_ACK_ECN = 0x03,
	FRAME_CRYPTO = 0x06
};

/* What is there of a hello; a bit for each octet. */
struct quic_assembly {
	uint64_t owner; /* of the flow's side; 0: free */
	uint64_t used;	/* order of use */
	uint8_t octets[ASSEMBLY_LEN];
	uint64_t have[ASSEMBLY_LEN / 64];
};

struct quic_instance {
	struct quic_crypt crypt;
	uint64_t owners;
	uint64_t uses;
	struct quic_assembly all[ASSEMBLIES];
};

struct quic_state {
	uint64_t owner; /* first of two numbers of assemblies; 0: none yet */
	uint8_t cid[QUIC_CID_MAX];
	uint8_t cid_len;
	uint8_t client;		  /* enum side */
	bool known;		  /* cid and client are set */
	struct quic_keys keys[2]; /* of the client's and the server's packets */
	bool have_keys[2];
	bool done[2]; /* a hello was read */
	uint8_t tries;
	uint8_t name_len; /* of a name that waits for the server to speak */
	char name[255];
};

/* A long header packet, up to its packet number. */
struct quic_header {
	uint8_t type;
	uint32_t version;
	struct cursor dcid;
	size_t token_len;
	size_t pn_at;
	size_t len; /* of the whole packet */
};

/* RFC 9000 §16. */
static uint64_t
take_varint(struct cursor *cur)
{
	uint8_t first = cur_u8(cur);
	uint64_t v = first & 0x3f;

	for (unsigned more = (1U << (first >> 6)) - 1; more > 0; more--)
		v = v << 8 | cur_u8(cur);
	return v;
}

static bool
read_header(struct cursor cur, struct quic_header *out)
{
	const uint8_t *start = cur.at;
	uint8_t first = cur_u8(&cur);
	uint64_t len;

	out->version = cur_be32(&cur);
	out->dcid = cur_sub(&cur, cur_u8(&cur));
	cur_skip(&cur, cur_u8(&cur)); /* source id */
	if (cur_bad(&cur) ||
	    (first & (LONG_HEADER | FIXED_BIT)) != (LONG_HEADER | FIXED_BIT) ||
	    cur_left(&out->dcid) > QUIC_CID_MAX ||
	    !quiccrypt_known(out->version))
		return false;
	out->type = first >> 4 & 3;
	if (out->version == QUIC_V2) /* RFC 9369 §3.2: turned by one */
		out->type = (out->type - 1) & 3;
	if (out->type == 3)
		return false; /* Retry has no length */
	out->token_len = 0;
	if (out->type == TYPE_INITIAL) {
		out->token_len = (size_t)take_varint(&cur);
		cur_skip(&cur, out->token_len);
	}
	len = take_varint(&cur);
	out->pn_at = (size_t)(cur.at - start);
	out->len = out->pn_at + (size_t)len;
	return !cur_bad(&cur) && len <= cur_left(&cur);
}

static struct quic_assembly *
assembly_get(struct quic_instance *inst, uint64_t owner)
{
	struct quic_assembly *oldest = &inst->all[0];

	for (size_t i = 0; i < ASSEMBLIES; i++) {
		struct quic_assembly *a = &inst->all[i];

		if (a->owner == owner) {
			a->used = ++inst->uses;
			return a;
		}
		if (a->used < oldest->used)
			oldest = a;
	}
	memset(oldest->have, 0, sizeof(oldest->have));
	oldest->owner = owner;
	oldest->used = ++inst->uses;
	return oldest;
}

static void
assembly_add(struct quic_assembly *a, uint64_t off, struct cursor piece)
{
	size_t n = cur_left(&piece);

	if (off >= ASSEMBLY_LEN || n > ASSEMBLY_LEN - off)
		return;
	memcpy(a->octets + off, piece.at, n);
	for (size_t i = (size_t)off; i < off + n; i++)
		a->have[i / 64] |= UINT64_C(1) << i % 64;
}

/* Octets from the start without a hole. */
static size_t
assembly_prefix(const struct quic_assembly *a)
{
	size_t n = 0;

	while (n < ASSEMBLY_LEN && (a->have[n / 64] >> n % 64 & 1) != 0)
		n++;
	return n;
}

static void
tell_hello(struct dissect_ctx *ctx, const struct tls_hello *hello, bool client)
{
	struct quic_state *st = ctx->state;
	char hex[DIGEST_MD5_HEX];

	if (hello->ja3_len > 0) {
		digest_md5(hello->ja3, hello->ja3_len, hex);
		observe_print(ctx, &ctx->ends[ctx->side].addr, NULL,
		    client ? "ja3" : "ja3s",
		    scratch_text(ctx, hex, strlen(hex)));
	}
	if (client && hello->name.len <= sizeof(st->name)) {
		st->name_len = (uint8_t)hello->name.len;
		if (st->name_len > 0)
			memcpy(st->name, hello->name.p, st->name_len);
	}
}

/* The name is asked for before the server was ever heard: it is told when the server speaks. */
static void
tell_name(struct dissect_ctx *ctx)
{
	struct quic_state *st = ctx->state;
	const struct endpoint *server = &ctx->ends[ctx->side];
	struct observation *obs;

	if (st->name_len == 0 || !st->known || ctx->side == st->client)
		return;
	obs = observe(ctx, OBS_SERVERNAME);
	obs->addr = server->addr;
	obs->port = server->port;
	obs->proto = IPPROTO_UDP;
	obs->strength = STRENGTH_CLAIMED;
	obs->text = scratch_text(ctx, st->name, st->name_len);
	st->name_len = 0;
}

/* Read the hello once all of it is there. */
static void
try_hello(struct dissect_ctx *ctx, struct quic_assembly *a, bool client)
{
	struct quic_state *st = ctx->state;
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };
	struct cursor cur = cur_new(a->octets, assembly_prefix(a));
	uint8_t type = cur_u8(&cur);
	struct cursor body = cur_sub(&cur, cur_be24(&cur));

	if (cur_bad(&cur))
		return;
	st->done[ctx->side] = true;
	a->owner = 0;
	a->used = 0;
	if (client ? type == 1 && tlshello_client(body, false, &hello)
		   : type == 2 && tlshello_server(body, &hello))
		tell_hello(ctx, &hello, client);
}

static void
frames(struct dissect_ctx *ctx, struct cursor cur, bool client)
{
	struct quic_state *st = ctx->state;
	struct quic_instance *inst = ctx->instance;
	struct quic_assembly *a;

	if (st->owner == 0) {
		st->owner = inst->owners + 2;
		inst->owners += 2;
	}
	a = assembly_get(inst, st->owner + ctx->side);
	while (cur_left(&cur) > 0) {
		uint64_t type = take_varint(&cur), off;

		if (type == FRAME_PADDING || type == FRAME_PING)
			continue;
		if (type == FRAME_CRYPTO) {
			off = take_varint(&cur);
			assembly_add(
			    a, off, cur_sub(&cur, (size_t)take_varint(&cur)));
			continue;
		}
		if (type != FRAME_ACK && type != FRAME_ACK_ECN)
			break;
		take_varint(&cur); /* largest */
		take_varint(&cur); /* delay */
		for (uint64_t n = 2 * take_varint(&cur) + 1;
		     n > 0 && cur_left(&cur) > 0; n--)
			take_varint(&cur); /* ranges and gaps */
		for (unsigned n = type == FRAME_ACK_ECN ? 3 : 0; n > 0; n--)
			take_varint(&cur);
	}
	try_hello(ctx, a, client);
}

/* Open @p packet as from the client or the server. */
static bool
open_as(struct dissect_ctx *ctx, const struct quic_header *head,
    struct cursor packet, bool client)
{
	struct quic_state *st = ctx->state;
	const struct quic_crypt *crypt =
	    &((struct quic_instance *)ctx->instance)->crypt;
	struct cursor cid =
	    st->known ? cur_new(st->cid, st->cid_len) : head->dcid;
	struct quic_keys *keys = &st->keys[client ? 0 : 1];
	bool *have = &st->have_keys[client ? 0 : 1];
	uint8_t *copy, *plain;
	int n;

	*have = *have && st->known;
	if (!*have)
		*have =
		    quiccrypt_keys(crypt, head->version, cid, !client, keys);
	if (!*have)
		return false;
	copy = dissect_scratch(ctx, head->len);
	if (copy == NULL)
		return false;
	memcpy(copy, packet.at, head->len);
	n = quiccrypt_open(crypt, keys, copy, head->pn_at, head->len, &plain);
	if (n < 0)
		return false;
	if (!st->known) {
		st->cid_len = (uint8_t)cur_left(&cid);
		memcpy(st->cid, cid.at, st->cid_len);
		st->have_keys[1] = false;
		st->known = true;
		st->client = ctx->side;
		dissect_server_is(ctx, ctx->side ^ 1U);
	}
	frames(ctx, cur_new(plain, (size_t)n), client);
	return true;
}

static void
initial(struct dissect_ctx *ctx, const struct quic_header *head,
    struct cursor packet)
{
	struct quic_state *st = ctx->state;

	if (st->done[ctx->side] || st->tries >= TRIES_MAX ||
	    head->len > DATAGRAM_MAX)
		return;
	st->tries++;
	if (st->known && ctx->side != st->client) {
		(void)open_as(ctx, head, packet, false);
		return;
	}
	if (open_as(ctx, head, packet, true) || head->token_len == 0)
		return;
	st->known = false; /* after a Retry the keys are new */
	(void)open_as(ctx, head, packet, true);
}

static enum claim
quic_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct quic_header head;

	(void)ctx;
	return read_header(cur, &head) && cur_left(&head.dcid) > 0 &&
		       (head.type != TYPE_INITIAL || head.len >= 64)
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
quic_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct quic_state *st = ctx->state;
	struct quic_header head;

	for (unsigned i = 0; i < PACKETS_MAX && read_header(cur, &head); i++) {
		struct cursor packet = cur_sub(&cur, head.len);

		if (head.type == TYPE_INITIAL)
			initial(ctx, &head, packet);
	}
	tell_name(ctx);
	if (st->done[0] && st->done[1])
		dissect_release(ctx);
	return VERDICT_OK;
}

static void
quic_fini(struct dissect_ctx *ctx)
{
	struct quic_state *st = ctx->state;
	struct quic_instance *inst = ctx->instance;

	for (size_t i = 0; st->owner != 0 && i < ASSEMBLIES; i++) {
		if (inst->all[i].owner / 2 == st->owner / 2) {
			inst->all[i].owner = 0;
			inst->all[i].used = 0;
		}
	}
}

static bool
quic_instance_init(void *instance)
{
	return quiccrypt_init(&((struct quic_instance *)instance)->crypt);
}

static void
quic_instance_fini(void *instance)
{
	quiccrypt_fini(&((struct quic_instance *)instance)->crypt);
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 443 },
	{ KEY_UDP_PORT, 853 } };

const struct dissector dissect_quic = {
	.name = "quic",
	.spec = "RFC 9000, RFC 9001",
	.source = SRC_QUIC,
	.flow_state_size = sizeof(struct quic_state),
	.instance_size = sizeof(struct quic_instance),
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = quic_probe,
	.dissect = quic_dissect,
	.instance_init = quic_instance_init,
	.instance_fini = quic_instance_fini,
	.fini = quic_fini,
};
