/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How dissectors tell: staged observations and the scratch arena behind them; see dissect.h.
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/run_impl.h"

/* How much the packet under way proves of what its sender says. */
static uint8_t
observe_strength(const struct dissect_ctx *ctx)
{
	const struct flow *f = ctx->run->flow;

	if (f != NULL && ctx->side < 2 &&
	    (f->side[ctx->side].flags & SIDE_PROVED))
		return STRENGTH_TWO_WAY;
	if (ctx->pkt == NULL)
		return STRENGTH_UNICAST;
	if (addr_is_multicast(&ctx->pkt->dst.addr) ||
	    (ctx->pkt->has_mac && mac_is_multicast(&ctx->pkt->dst_mac)))
		return STRENGTH_ONE_WAY;
	return STRENGTH_UNICAST;
}

struct observation *
observe(struct dissect_ctx *ctx, enum obs_kind kind)
{
	struct dissect_run *run = ctx->run;
	struct observation *obs = &run->stage[run->staged];
	const struct flow *f = run->flow;

	if (run->staged < DISSECT_STAGE_MAX)
		run->staged++;
	else
		run->stats.budget++;
	memset(obs, 0, sizeof(*obs));
	obs->kind = kind;
	obs->source = run->dissector->source;
	obs->partial = ctx->partial;
	obs->strength = observe_strength(ctx);
	if (ctx->pkt != NULL) {
		obs->ts = ctx->pkt->ts;
		obs->segment = ctx->pkt->segment;
		obs->frame = ctx->pkt->frame;
		obs->ifindex = ctx->pkt->ifindex;
	} else if (f != NULL) {
		obs->ts = f->last_seen;
		obs->segment = f->key.segment;
		obs->frame = f->last_frame;
		obs->ifindex = f->ifindex;
	}
	return obs;
}

void *
dissect_scratch(struct dissect_ctx *ctx, size_t n)
{
	struct dissect_run *run = ctx->run;
	size_t rounded = (n + 15) & ~(size_t)15;
	void *p;

	if (n > DISSECT_SCRATCH_MAX ||
	    rounded > DISSECT_SCRATCH_MAX - run->scratch_used)
		return NULL;
	p = run->scratch + run->scratch_used;
	run->scratch_used += rounded;
	return p;
}

static void
observe_subject(
    struct observation *obs, const struct addr *addr, const struct mac *mac)
{
	if (addr != NULL)
		obs->addr = *addr;
	if (mac != NULL) {
		obs->mac = *mac;
		obs->has_mac = true;
	}
}

void
observe_host(
    struct dissect_ctx *ctx, const struct addr *addr, enum strength strength)
{
	struct observation *obs;

	if (!addr_is_unicast(addr))
		return;
	obs = observe(ctx, OBS_HOST);
	obs->addr = *addr;
	obs->strength = (uint8_t)strength;
}

void
observe_mac(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, enum strength strength)
{
	struct observation *obs;

	if (!addr_is_unicast(addr) || mac_is_zero(mac) || mac_is_multicast(mac))
		return;
	obs = observe(ctx, OBS_MAC);
	observe_subject(obs, addr, mac);
	obs->strength = (uint8_t)strength;
}

void
observe_name(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, struct text name, const char *detail,
    enum strength strength)
{
	struct observation *obs;

	if (name.len == 0)
		return;
	obs = observe(ctx, OBS_NAME);
	observe_subject(obs, addr, mac);
	obs->strength = (uint8_t)strength;
	obs->text = name;
	if (detail != NULL)
		obs->text2 = text_of(detail, strlen(detail));
}

void
observe_service(struct dissect_ctx *ctx, const struct endpoint *end,
    unsigned proto, enum svc_state state, const char *name)
{
	struct observation *obs;

	if (!addr_is_unicast(&end->addr) || end->port == 0)
		return;
	obs = observe(ctx, OBS_SERVICE);
	obs->addr = end->addr;
	obs->port = end->port;
	obs->proto = (uint8_t)proto;
	obs->aux = state;
	if (name != NULL)
		obs->text = text_of(name, strlen(name));
}

void
observe_banner(struct dissect_ctx *ctx, unsigned side, struct text banner,
    const char *what)
{
	struct observation *obs;

	if (side >= SIDE_NONE || banner.len == 0)
		return;
	obs = observe(ctx, OBS_BANNER);
	obs->addr = ctx->ends[side].addr;
	obs->port = ctx->ends[side].port;
	obs->proto = ctx->proto;
	obs->aux = side == ctx->server ? 0 : 1;
	obs->text = banner;
	obs->text2 = text_of(what, strlen(what));
}

void
observe_print(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, const char *kind, struct text value)
{
	struct observation *obs = observe(ctx, OBS_PRINT);

	observe_subject(obs, addr, mac);
	obs->text = value;
	obs->text2 = text_of(kind, strlen(kind));
}

void
observe_role(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, const char *role)
{
	struct observation *obs = observe(ctx, OBS_ROLE);

	observe_subject(obs, addr, mac);
	obs->text = text_of(role, strlen(role));
}
