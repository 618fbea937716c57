/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis-list: events pushed to a list, for readers that pop: Logstash, Vector,
 * Filebeat's successors.
 *
 * A batch is one RPUSH with many values, which Redis carries out whole or not
 * at all. A list does not tell what it was given, so when the connection dies
 * between the push and its answer the batch goes again: at least once, and a
 * reader tells repeats by event.id. LPUSH is there for readers that take from
 * the tail (rsyslog).
 */
#include <string.h>

#include "sensor/publish/redis_sink.h"

static void
list_encode(
    struct publisher_instance *p, const struct event *events, size_t count)
{
	const char *argv[PUBLISHER_BATCH_MAX + 2];
	size_t lens[PUBLISHER_BATCH_MAX + 2], i;

	argv[0] = p->push_left ? "LPUSH" : "RPUSH";
	lens[0] = 5;
	argv[1] = p->key;
	lens[1] = strlen(p->key);
	for (i = 0; i < count; i++) {
		argv[i + 2] = events[i].json;
		lens[i + 2] = events[i].json_len;
	}
	redis_sink_command(p, count + 2, argv, lens);
}

static void
list_answered(struct publisher_instance *p, const struct resp *r)
{
	if (r->type == RESP_INTEGER)
		redis_sink_acked(p);
	else
		redis_conn_fail(p->conn, REDIS_FAULT_CONFIG,
		    "RPUSH answered something else than a length");
}

static const struct redis_kind list_kind = {
	.key = "earshot:events",
	.encode = list_encode,
	.answered = list_answered,
};

static int
list_open(const struct publisher_config *config,
    const struct publisher_host *host, struct publisher_instance **out,
    struct errbuf *eb)
{
	return redis_sink_open(&list_kind, config, host, out, eb);
}

extern const struct publisher publisher_redis_list;
const struct publisher publisher_redis_list = {
	.type = "redis-list",
	.help = "RPUSH to a list: every event at least once",
	.open = list_open,
	.where = redis_sink_where,
	.take = redis_sink_take,
	.close = redis_sink_close,
};
