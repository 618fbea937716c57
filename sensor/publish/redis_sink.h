/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_sink: what the three Redis publishers share: configuration, connection,
 * one batch under way. A kind adds how a batch is written and what its answers
 * mean.
 */
#pragma once

#include "sensor/publish/publisher.h"
#include "sensor/publish/redis_conn.h"

struct publisher_instance {
	const struct redis_kind *kind;
	struct publisher_host host;
	struct redis_conn *conn;
	char place[REDIS_URL_TEXT];
	char key[256];
	char field[64];
	uint64_t maxlen;
	bool push_left;
	uint64_t last;	 /* sequence that ends the batch under way; 0 = none */
	size_t commands; /* of the batch under way, answered or not */
	size_t answers;
	/* The stream's own. */
	bool exists;	   /* the key does, as far as we know */
	char refusal[256]; /* the first error inside a transaction */
};

struct redis_kind {
	const char *key; /* default; %s = the sensor's name */
	/* Ask the server where it stands; the answer comes to greeted(). NULL:
	 * it cannot be asked. */
	void (*greet)(struct publisher_instance *p);
	void (*greeted)(struct publisher_instance *p, const struct resp *r);
	/* Write the commands of a batch with redis_sink_command. */
	void (*encode)(struct publisher_instance *p, const struct event *events,
	    size_t count);
	/* One answer, no error unless `errors` is set; p->answers counts it
	 * already. */
	void (*answered)(struct publisher_instance *p, const struct resp *r);
	bool errors; /* answered() wants error replies too */
};

/* open, where, take and close of a Redis publisher. */
int redis_sink_open(const struct redis_kind *kind,
    const struct publisher_config *config, const struct publisher_host *host,
    struct publisher_instance **out, struct errbuf *eb) ES_MUST_CHECK;
void redis_sink_where(
    const struct publisher_instance *p, char *out, size_t size);
void redis_sink_take(
    struct publisher_instance *p, const struct event *events, size_t count);
void redis_sink_close(struct publisher_instance *p);

/* For kinds. */
void redis_sink_command(struct publisher_instance *p, size_t argc,
    const char **argv, const size_t *lens);
/** The batch under way is with the server. */
void redis_sink_acked(struct publisher_instance *p);
