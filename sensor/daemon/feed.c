/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches of observations; see feed.h.
 */
#include "sensor/daemon/feed.h"

#include "sensor/base/str.h"

/* A batch is not begun when less than this is free: it could not be sent. */
#define ROOM_NEEDED (2 * MSG_BATCH_MAX)
#define OBSERVATION_MAX 8192
#define SMALL_MAX 8192

void
feed_init(struct feed *f, struct chan *chan, bool wait)
{
	*f = (struct feed){ .chan = chan, .wait = wait };
	buf_init(&f->batch, MSG_HEADER + MSG_BATCH_MAX);
	buf_init(&f->small, SMALL_MAX);
}

void
feed_fini(struct feed *f)
{
	buf_fini(&f->batch);
	buf_fini(&f->small);
}

static void
send_message(struct feed *f, struct buf *message)
{
	int rc = msg_end(message);

	es_require(rc == 0);
	rc = f->wait ? chan_send_wait(f->chan, message)
		     : chan_send(f->chan, message);
	if (rc < 0 && rc != ES_E(FULL))
		f->broken = true;
}

void
feed_flush(struct feed *f)
{
	if (f->batch.len > MSG_HEADER)
		send_message(f, &f->batch);
	buf_reset(&f->batch);
}

static bool
observe(void *arg, const struct observation *obs)
{
	struct feed *f = arg;

	if (f->batch.len + OBSERVATION_MAX > f->batch.max)
		feed_flush(f);
	if (f->batch.len == 0) {
		if (!f->wait && chan_room(f->chan) < ROOM_NEEDED)
			return false;
		msg_begin(&f->batch, MSG_OBSERVATIONS, f->seq++);
	}
	observation_pack(&f->batch, obs);
	return true;
}

static void
tell_clock(void *arg, struct wall now)
{
	const struct observation tick = { .kind = OBS_CLOCK, .ts = now };

	observe(arg, &tick);
}

struct capture_sink
feed_sink(struct feed *f, bool clock)
{
	return (struct capture_sink){
		.arg = f, .observe = observe, .clock = clock ? tell_clock : NULL
	};
}

void
feed_hello(struct feed *f, const struct hello *hello)
{
	msg_begin(&f->small, MSG_HELLO, f->seq++);
	hello_pack(&f->small, hello);
	send_message(f, &f->small);
}

void
feed_report(struct feed *f, const struct capture_report *report)
{
	const uint64_t values[] = {
#define COUNTER(name, unit, help) report->stats.name,
#include "capture/counters.def"
#undef COUNTER
		report->octets_done,
		report->octets_all,
	};

	feed_flush(f);
	msg_begin(&f->small, MSG_CAPTURE_STATS, f->seq++);
	counters_pack(&f->small, values, ES_ARRAY_LEN(values));
	send_message(f, &f->small);
}

int
capture_report_unpack(struct cursor *in, struct capture_report *report)
{
	enum {
#define COUNTER(name, unit, help) AT_##name,
#include "capture/counters.def"
#undef COUNTER
		AT_DONE,
		AT_ALL,
		VALUES
	};
	uint64_t values[VALUES];
	int rc = counters_unpack(in, values, VALUES);

	if (rc < 0)
		return rc;
	*report = (struct capture_report){
		.stats = {
#define COUNTER(name, unit, help) .name = values[AT_##name],
#include "capture/counters.def"
#undef COUNTER
		},
		.octets_done = values[AT_DONE],
		.octets_all = values[AT_ALL],
	};
	return 0;
}

void
feed_end(struct feed *f, int code, const char *text)
{
	struct capture_end end = { .code = code };

	str_copy(end.text, sizeof(end.text), text);
	feed_flush(f);
	msg_begin(&f->small, MSG_CAPTURE_END, f->seq++);
	capture_end_pack(&f->small, &end);
	send_message(f, &f->small);
}
