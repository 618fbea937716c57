/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codec of audit records; see audit.h.
 */
#include "sensor/model/audit.h"

#include <string.h>

#include "sensor/base/err.h"
#include "sensor/model/wire.h"

void
audit_pack(struct buf *out, const struct audit *a)
{
	buf_be64(out, a->target_id);
	buf_be64(out, a->scope_version);
	wire_put_wall(out, a->started);
	wire_put_wall(out, a->ended);
	wire_put_addr(out, &a->src);
	wire_put_addr(out, &a->dst);
	buf_be16(out, a->sport);
	buf_be16(out, a->dport);
	buf_u8(out, a->proto);
	buf_u8(out, a->verdict);
	buf_u8(out, a->outcome);
	buf_be64(out, a->bytes_out);
	buf_be64(out, a->bytes_in);
	buf_be32(out, a->repeats);
	wire_put_str(out, a->script);
}

int
audit_unpack(struct cursor *in, struct audit *a)
{
	memset(a, 0, sizeof(*a));
	a->target_id = cur_be64(in);
	a->scope_version = cur_be64(in);
	a->started = wire_wall(in);
	a->ended = wire_wall(in);
	a->src = wire_addr(in);
	a->dst = wire_addr(in);
	a->sport = cur_be16(in);
	a->dport = cur_be16(in);
	a->proto = cur_u8(in);
	a->verdict = wire_enum(in, SCOPE_SPECIAL);
	a->outcome = wire_enum(in, ES_ERR_MAX - 1);
	a->bytes_out = cur_be64(in);
	a->bytes_in = cur_be64(in);
	a->repeats = cur_be32(in);
	wire_str(in, a->script, sizeof(a->script));
	return cur_bad(in) || cur_left(in) != 0 ? ES_E(FORMAT) : 0;
}
