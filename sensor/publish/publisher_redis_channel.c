/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis-channel: events to whoever is subscribed now.
 *
 * Redis keeps nothing of a channel: what is published while nobody listens is
 * gone, and the answer (how many heard it) comes too late to help. The cursor
 * moves with the server's answer, so a server that is away loses nothing.
 */
#include <string.h>

#include "sensor/publish/redis_sink.h"

static void
channel_encode(
    struct publisher_instance *p, const struct event *events, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const char *argv[] = { "PUBLISH", p->key, events[i].json };
		const size_t lens[] = { 7, strlen(p->key), events[i].json_len };

		redis_sink_command(p, 3, argv, lens);
	}
}

static void
channel_answered(struct publisher_instance *p, const struct resp *r)
{
	if (r->type != RESP_INTEGER)
		redis_conn_fail(p->conn, REDIS_FAULT_CONFIG,
		    "PUBLISH answered something else than a number");
	else if (p->answers == p->commands)
		redis_sink_acked(p);
}

static const struct redis_kind channel_kind = {
	.key = "earshot:events",
	.encode = channel_encode,
	.answered = channel_answered,
};

static int
channel_open(const struct publisher_config *config,
    const struct publisher_host *host, struct publisher_instance **out,
    struct errbuf *eb)
{
	return redis_sink_open(&channel_kind, config, host, out, eb);
}

extern const struct publisher publisher_redis_channel;
const struct publisher publisher_redis_channel = {
	.type = "redis-channel",
	.help = "PUBLISH to a channel: to those who listen now",
	.open = channel_open,
	.where = redis_sink_where,
	.take = redis_sink_take,
	.close = redis_sink_close,
};
