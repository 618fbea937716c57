/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codec and words of observations; see observation.h.
 *
 *	u16 length of the rest    u8 kind, flags, strength, proto    u16 port,
 *source    u32 aux, ifindex u64 ts, segment, frame    addr    mac if flagged
 *u16 + octets: text, text2, data
 */
#include "sensor/model/observation.h"

#include <string.h>

#include "sensor/base/err.h"
#include "sensor/model/wire.h"

#define FLAG_MAC 1U
#define FLAG_PARTIAL 2U
#define FLAGS_ALL (FLAG_MAC | FLAG_PARTIAL)

static const char *const kind_texts[] = {
#define OBSERVATION(name, text, fields) text,
#include "sensor/model/kinds.def"
#undef OBSERVATION
};

static const char *const source_texts[] = {
#define OBS_SOURCE(name, text) text,
#include "sensor/model/sources.def"
#undef OBS_SOURCE
};

const char *
obs_kind_text(enum obs_kind kind)
{
	return kind < OBS_KIND_MAX ? kind_texts[kind] : "unknown";
}

const char *
obs_source_text(unsigned source)
{
	return source_texts[source < SRC_MAX ? source : SRC_UNKNOWN];
}

struct text
text_str(const char *s)
{
	return text_of(s, strlen(s));
}

bool
text_eq(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static void
put_text(struct buf *out, struct text t, uint16_t max)
{
	uint16_t len = t.len < max ? t.len : max;

	buf_be16(out, len);
	buf_put(out, t.p, len);
}

static struct text
take_text(struct cursor *in, uint16_t max)
{
	uint16_t len = cur_be16(in);
	const uint8_t *p = cur_take(in, len);

	if (len > max)
		in->bad = true;
	return cur_bad(in) ? (struct text){ .len = 0 }
			   : (struct text){ .p = p, .len = len };
}

static uint8_t
flags_of(const struct observation *obs)
{
	bool cut = obs->text.len > OBS_TEXT_MAX ||
		   obs->text2.len > OBS_TEXT_MAX ||
		   obs->data.len > OBS_DATA_MAX;

	return (uint8_t)((obs->has_mac ? FLAG_MAC : 0U) |
			 (obs->partial || cut ? FLAG_PARTIAL : 0U));
}

void
observation_pack(struct buf *out, const struct observation *obs)
{
	size_t start = out->len, len;

	buf_be16(out, 0);
	buf_u8(out, (uint8_t)obs->kind);
	buf_u8(out, flags_of(obs));
	buf_u8(out, obs->strength);
	buf_u8(out, obs->proto);
	buf_be16(out, obs->port);
	buf_be16(out, obs->source);
	buf_be32(out, obs->aux);
	buf_be32(out, obs->ifindex);
	wire_put_wall(out, obs->ts);
	buf_be64(out, obs->segment);
	buf_be64(out, obs->frame);
	wire_put_addr(out, &obs->addr);
	if (obs->has_mac)
		wire_put_mac(out, &obs->mac);
	put_text(out, obs->text, OBS_TEXT_MAX);
	put_text(out, obs->text2, OBS_TEXT_MAX);
	put_text(out, obs->data, OBS_DATA_MAX);
	if (out->bad)
		return;
	len = out->len - start - 2;
	out->data[start] = (uint8_t)(len >> 8);
	out->data[start + 1] = (uint8_t)len;
}

int
observation_unpack(struct cursor *in, struct observation *obs)
{
	struct cursor body;
	uint8_t flags;

	if (!cur_bad(in) && cur_left(in) == 0)
		return 0;
	body = cur_sub(in, cur_be16(in));
	memset(obs, 0, sizeof(*obs));
	obs->kind = (enum obs_kind)wire_enum(&body, OBS_KIND_MAX - 1);
	flags = wire_enum(&body, FLAGS_ALL);
	obs->strength = wire_enum(&body, STRENGTH_PROBED);
	obs->proto = cur_u8(&body);
	obs->port = cur_be16(&body);
	obs->source = cur_be16(&body);
	obs->aux = cur_be32(&body);
	obs->ifindex = cur_be32(&body);
	obs->ts = wire_wall(&body);
	obs->segment = cur_be64(&body);
	obs->frame = cur_be64(&body);
	obs->addr = wire_addr(&body);
	obs->has_mac = (flags & FLAG_MAC) != 0;
	obs->partial = (flags & FLAG_PARTIAL) != 0;
	if (obs->has_mac)
		obs->mac = wire_mac(&body);
	obs->text = take_text(&body, OBS_TEXT_MAX);
	obs->text2 = take_text(&body, OBS_TEXT_MAX);
	obs->data = take_text(&body, OBS_DATA_MAX);
	if (cur_bad(&body) || cur_left(&body) != 0 || obs->source >= SRC_MAX) {
		in->bad = true;
		return ES_E(FORMAT);
	}
	return 1;
}
