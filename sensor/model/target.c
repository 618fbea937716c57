/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codec of targets; see target.h.
 */
#include "sensor/model/target.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"
#include "sensor/model/wire.h"

/* What one target may carry; the inventory keeps well below. */
#define SCRIPTS_MAX 16384
#define HEARD_MAX 65536

void
target_fini(struct target *t)
{
	uint16_t i;

	for (i = 0; i < t->nports; i++)
		free(t->ports[i].heard);
	free(t->ports);
	free(t->scripts);
	free(t->script_args);
	free(t->heard);
	memset(t, 0, sizeof(*t));
}

void
target_pack(struct buf *out, const struct target *t)
{
	uint16_t i;

	buf_be64(out, t->id);
	buf_be64(out, t->segment);
	wire_put_addr(out, &t->addr);
	buf_u8(out, t->has_mac);
	wire_put_mac(out, &t->mac);
	buf_u8(out, t->confirm);
	wire_put_str(out, t->asset_id);
	wire_put_str(out, t->name);
	wire_put_str(out, t->ifname);
	wire_put_str(out, t->reason);
	wire_put_str(out, t->rule);
	buf_be32(out, t->deadline_ms);
	wire_put_long(out, t->scripts, SCRIPTS_MAX);
	wire_put_long(out, t->script_args, SCRIPTS_MAX);
	wire_put_long(out, t->heard, HEARD_MAX);
	buf_be16(out, t->nports);
	for (i = 0; i < t->nports; i++) {
		wire_put_service(out, &t->ports[i].svc);
		wire_put_long(out, t->ports[i].heard, HEARD_MAX);
	}
}

static void
take_head(struct cursor *in, struct target *t)
{
	t->id = cur_be64(in);
	t->segment = cur_be64(in);
	t->addr = wire_addr(in);
	t->has_mac = wire_bool(in);
	t->mac = wire_mac(in);
	t->confirm = wire_bool(in);
	wire_str(in, t->asset_id, sizeof(t->asset_id));
	wire_str(in, t->name, sizeof(t->name));
	wire_str(in, t->ifname, sizeof(t->ifname));
	wire_str(in, t->reason, sizeof(t->reason));
	wire_str(in, t->rule, sizeof(t->rule));
	t->deadline_ms = cur_be32(in);
}

static int
take_ports(struct cursor *in, struct target *t)
{
	uint16_t count = cur_be16(in);
	int rc = 0;

	if (count > TARGET_PORTS_MAX)
		in->bad = true;
	if (cur_bad(in) || count == 0)
		return 0;
	t->ports = calloc(count, sizeof(*t->ports));
	if (t->ports == NULL)
		return ES_E(NOMEM);
	while (rc == 0 && t->nports < count && !cur_bad(in)) {
		struct target_port *p = &t->ports[t->nports++];

		wire_service(in, &p->svc);
		rc = wire_long(in, HEARD_MAX, &p->heard);
	}
	return rc;
}

int
target_unpack(struct cursor *in, struct target *t)
{
	int rc;

	memset(t, 0, sizeof(*t));
	take_head(in, t);
	rc = wire_long(in, SCRIPTS_MAX, &t->scripts);
	if (rc == 0)
		rc = wire_long(in, SCRIPTS_MAX, &t->script_args);
	if (rc == 0)
		rc = wire_long(in, HEARD_MAX, &t->heard);
	if (rc == 0)
		rc = take_ports(in, t);
	if (rc == 0 && (cur_bad(in) || cur_left(in) != 0))
		rc = ES_E(FORMAT);
	if (rc < 0)
		target_fini(t);
	return rc;
}
