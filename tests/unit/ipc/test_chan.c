/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels over a real socket pair: order, bounds, messages larger than a datagram, and a peer that lies or dies.
 */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/base/err.h"
#include "sensor/ipc/chan.h"

#define QUEUE (4 << 20)

struct pair {
	struct chan *a, *b;
	struct buf m;
};

static int
setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	int fds[2];

	if (p == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0)
		return -1;
	p->a = chan_new(fds[0], QUEUE);
	p->b = chan_new(fds[1], QUEUE);
	buf_init(&p->m, MSG_HEADER + MSG_MAX);
	*state = p;
	return p->a == NULL || p->b == NULL;
}

static int
teardown(void **state)
{
	struct pair *p = *state;

	chan_free(p->a);
	chan_free(p->b);
	buf_fini(&p->m);
	free(p);
	return 0;
}

/* A message whose body is len octets that depend on seq. */
static const struct buf *
message(struct pair *p, uint64_t seq, size_t len)
{
	size_t i;
	uint8_t *body;

	msg_begin(&p->m, MSG_FINDING, seq);
	body = buf_extend(&p->m, len);
	assert_non_null(body);
	for (i = 0; i < len; i++)
		body[i] = (uint8_t)(i * 31 + seq);
	assert_int_equal(msg_end(&p->m), 0);
	return &p->m;
}

static void
check(const struct msg *m, uint64_t seq, size_t len)
{
	size_t i;

	assert_int_equal(m->seq, seq);
	assert_int_equal(cur_left(&m->body), len);
	for (i = 0; i < len; i++)
		if (m->body.at[i] != (uint8_t)(i * 31 + seq))
			fail_msg("octet %zu of message %u differs", i,
			    (unsigned)seq);
}

static void
messages_of_every_size_arrive_in_order(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 65519, 65520, 65521, 65536,
		131040, 200000, MSG_MAX, 7 };
	struct pair *p = *state;
	size_t sent = 0, got = 0;
	struct msg m;
	int rc;

	for (; sent < ES_ARRAY_LEN(sizes); sent++)
		assert_int_equal(
		    chan_send(p->a, message(p, sent, sizes[sent])), 0);
	while (got < sent) {
		assert_int_equal(chan_flush(p->a), 0);
		rc = chan_receive(p->b, &m);
		assert_true(rc >= 0);
		if (rc == 1) {
			check(&m, got, sizes[got]);
			got++;
		}
	}
	assert_int_equal(chan_receive(p->b, &m), 0);
	assert_int_equal(chan_stats(p->a).sent, sent);
	assert_int_equal(chan_stats(p->b).received, sent);
	assert_int_equal(chan_stats(p->b).invalid, 0);
	assert_false(chan_wants_write(p->a));
}

static void
a_full_queue_drops_counts_and_keeps_order(void **state)
{
	struct pair *p = *state;
	uint64_t sent = 0, got = 0, last = 0;
	struct msg m;
	int rc;

	while ((rc = chan_send(p->a, message(p, sent, 100000))) == 0)
		sent++;
	assert_int_equal(rc, ES_E(FULL));
	assert_int_equal(chan_stats(p->a).dropped, 1);
	assert_in_range(chan_stats(p->a).queued, QUEUE / 2, QUEUE);
	while (got < sent) {
		assert_int_equal(chan_flush(p->a), 0);
		if (chan_receive(p->b, &m) == 1) {
			assert_int_equal(m.seq, got++);
			last = m.seq;
		}
	}
	assert_int_equal(last, sent - 1);
	assert_int_equal(chan_send(p->a, message(p, sent, 10)), 0);
}

static void
count_wait(void *arg)
{
	(*(int *)arg)++;
}

static void
waiting_sends_lose_nothing(void **state)
{
	struct pair *p = *state;
	const uint64_t count = 400;
	int waits = 0, status;
	uint64_t i;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct msg m;
		uint64_t next = 0;

		usleep(300000);
		while (next < count)
			if (chan_receive(p->b, &m) == 1 && m.seq != next++)
				_exit(1);
		_exit(0);
	}
	chan_on_wait(p->a, count_wait, &waits);
	for (i = 0; i < count; i++)
		assert_int_equal(chan_send_wait(p->a, message(p, i, 50000)), 0);
	assert_int_equal(chan_drain(p->a), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chan_stats(p->a).dropped, 0);
	assert_true(waits > 0);
}

static void
what_could_never_fit_is_refused_at_once(void **state)
{
	struct pair *p = *state;
	struct chan *small;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	small = chan_new(fds[0], 1024);
	assert_non_null(small);
	assert_int_equal(
	    chan_send_wait(small, message(p, 1, 100000)), ES_E(FULL));
	chan_free(small);
	close(fds[1]);
}

static void
garbage_is_counted_and_skipped(void **state)
{
	static const uint8_t junk[20] = { 1, 2, 3 };
	struct pair *p = *state;
	int fd = chan_fd(p->a);
	struct msg m;

	assert_int_equal(send(fd, junk, sizeof(junk), 0), sizeof(junk));
	assert_int_equal(send(fd, "", 0, 0), 0);
	assert_int_equal(chan_send(p->a, message(p, 5, 10)), 0);
	assert_int_equal(chan_receive(p->b, &m), 1);
	assert_int_equal(m.seq, 5);
	assert_int_equal(chan_stats(p->b).invalid, 2);
}

/* The sender died between two parts; its successor starts with a message of its own. */
static void
half_a_message_is_dropped_when_another_begins(void **state)
{
	struct pair *p = *state;
	uint8_t part[16 + 10] = { 0xea, 0x26, MSG_VERSION };
	int fd = chan_fd(p->a);
	struct msg m;

	message(p, 1, 100000);
	assert_int_equal(send(fd, p->m.data, 65536, 0), 65536);
	assert_int_equal(chan_receive(p->b, &m), 0);
	assert_int_equal(chan_send(p->a, message(p, 2, 10)), 0);
	assert_int_equal(chan_receive(p->b, &m), 1);
	check(&m, 2, 10);
	assert_int_equal(chan_stats(p->b).invalid, 1);
	/* Its late part belongs to nothing. */
	assert_int_equal(send(fd, part, sizeof(part), 0), sizeof(part));
	assert_int_equal(chan_receive(p->b, &m), 0);
	assert_int_equal(chan_stats(p->b).invalid, 2);
}

static void
a_part_at_the_wrong_place_drops_the_message(void **state)
{
	struct pair *p = *state;
	uint8_t part[16 + 10] = { 0xea, 0x26, MSG_VERSION, 0, 0, 0, 0, 9 };
	int fd = chan_fd(p->a);
	struct msg m;

	message(p, 0, 100000);
	assert_int_equal(send(fd, p->m.data, 65536, 0), 65536);
	assert_int_equal(send(fd, part, sizeof(part), 0), sizeof(part));
	assert_int_equal(chan_receive(p->b, &m), 0);
	assert_int_equal(chan_stats(p->b).invalid, 1);
	assert_int_equal(chan_send(p->a, message(p, 3, 70000)), 0);
	assert_int_equal(chan_receive(p->b, &m), 1);
	check(&m, 3, 70000);
}

static void
a_closed_peer_is_told_from_silence(void **state)
{
	struct pair *p = *state;
	struct msg m;

	assert_int_equal(chan_receive(p->b, &m), 0);
	chan_free(p->a);
	p->a = NULL;
	assert_int_equal(chan_receive(p->b, &m), ES_E(CLOSED));
	assert_int_equal(chan_send(p->b, message(p, 0, 1)), ES_E(CLOSED));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(messages_of_every_size_arrive_in_order),
		CASE(a_full_queue_drops_counts_and_keeps_order),
		CASE(waiting_sends_lose_nothing),
		CASE(what_could_never_fit_is_refused_at_once),
		CASE(garbage_is_counted_and_skipped),
		CASE(half_a_message_is_dropped_when_another_begins),
		CASE(a_part_at_the_wrong_place_drops_the_message),
		CASE(a_closed_peer_is_told_from_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
