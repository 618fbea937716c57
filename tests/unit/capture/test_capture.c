/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture as a whole: services by handshake, midstream, reply and refusal; first octets; tunnels and fragments;
 * counters that balance; the same twice; no allocation once it runs.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <unistd.h>

#include "frames.h"
#include "heard.h"
#include "sensor/base/hash.h"

#define FRAMES 512

struct script {
	struct buf frames[FRAMES];
	size_t count;
	struct heard heard;
	struct capture_stats stats;
	int end;
	struct errbuf eb;
};

static struct buf *
frame(struct script *s)
{
	assert_true(s->count < FRAMES);
	buf_init(&s->frames[s->count], 1U << 17);
	return &s->frames[s->count++];
}

static struct script *
script_new(void)
{
	hash_seed_fixed();
	return calloc(1, sizeof(struct script));
}

static void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->count; i++)
		buf_fini(&s->frames[i]);
	free(s);
}

static void
tcp(struct script *s, bool server, unsigned flags, uint32_t seq, uint32_t ack,
    const char *data)
{
	struct packet p = server ? packet_tcp(2, 7777, 1, 1000, flags)
				 : packet_tcp(1, 1000, 2, 7777, flags);

	p.tcp_seq = seq;
	p.tcp_ack = ack;
	packet_payload(&p, data, strlen(data));
	put_tcp_frame(frame(s), &p);
}

static void
udp(struct script *s, unsigned from, unsigned sport, unsigned to,
    unsigned dport, const char *data)
{
	put_udp_frame(frame(s), from, sport, to, dport, data);
}

static void
replay_file(struct script *s, const char *path)
{
	struct capture_options o = { .file = path };
	struct capture_sink sink = heard_sink(&s->heard);
	struct capture *c = NULL;
	int rc = capture_open(&o, &sink, &c, &s->eb);

	if (rc != 0)
		fail_msg("%s", s->eb.text);
	while ((rc = capture_poll(c, 0, &s->eb)) > 0)
		;
	s->end = rc;
	capture_finish(c);
	capture_stats_get(c, &s->stats);
	capture_free(c);
}

static void
replay(struct script *s)
{
	const char *path = frames_write("capture", 1, s->frames, s->count);

	replay_file(s, path);
	(void)unlink(path);
}

static void
an_accepted_connection_is_a_service(void **state)
{
	struct script *s = script_new();
	const struct heard_fact *f;

	(void)state;
	tcp(s, false, TCP_SYN, 100, 0, "");
	tcp(s, true, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(s, false, TCP_ACK, 101, 901, "");
	tcp(s, false, TCP_ACK, 101, 901, "\x01zork?");
	tcp(s, true, TCP_ACK, 901, 107, "\x02mailbox");
	replay(s);
	f = heard_find(&s->heard, OBS_SERVICE, 2, 7777);
	assert_non_null(f);
	assert_int_equal(f->aux, SVC_OPEN_SYNACK);
	assert_int_equal(f->frame, 2);
	assert_int_equal(f->proto, IPPROTO_TCP);
	assert_string_equal(f->text, "");
	assert_int_equal(heard_count(&s->heard, OBS_SERVICE), 1);
	f = heard_find(&s->heard, OBS_HEARD, 2, 7777);
	assert_non_null(f);
	assert_string_equal(f->data, "\x02mailbox");
	assert_string_equal(f->text, "\x01zork?");
	assert_int_equal(s->end, ES_E(EOF));
	script_free(s);
}

static void
a_refused_connection_is_closed(void **state)
{
	struct script *s = script_new();
	const struct heard_fact *f;

	(void)state;
	tcp(s, false, TCP_SYN, 100, 0, "");
	tcp(s, true, TCP_RST | TCP_ACK, 0, 101, "");
	replay(s);
	f = heard_find(&s->heard, OBS_SERVICE, 2, 7777);
	assert_non_null(f);
	assert_int_equal(f->aux, SVC_CLOSED);
	assert_int_equal(heard_count(&s->heard, OBS_SERVICE), 1);
	script_free(s);
}

static void
data_after_an_unanswered_syn_is_midstream(void **state)
{
	struct script *s = script_new();

	(void)state;
	tcp(s, false, TCP_SYN, 100, 0, "");
	tcp(s, true, TCP_ACK, 901, 107, "\x02mailbox");
	replay(s);
	assert_int_equal(heard_find(&s->heard, OBS_SERVICE, 2, 7777)->aux,
	    SVC_OPEN_MIDSTREAM);
	script_free(s);
	/* Nothing tells who serves here. */
	s = script_new();
	tcp(s, false, TCP_ACK, 100, 900, "\x01zork?");
	tcp(s, true, TCP_ACK, 900, 106, "\x02mailbox");
	replay(s);
	assert_int_equal(heard_count(&s->heard, OBS_SERVICE), 0);
	script_free(s);
}

static void
content_shows_the_server_midstream(void **state)
{
	struct script *s = script_new();
	const struct heard_fact *f;

	(void)state;
	tcp(s, true, TCP_ACK, 900, 100, "SSH-2.0-OpenSSH_9.2\r\n");
	tcp(s, false, TCP_ACK, 100, 921, "SSH-2.0-PuTTY\r\n");
	tcp(s, true, TCP_SYN | TCP_ACK, 899, 100, "");
	replay(s);
	f = heard_find(&s->heard, OBS_SERVICE, 2, 7777);
	assert_non_null(f);
	assert_string_equal(f->text, "ssh");
	script_free(s);
}

static void
an_answered_request_is_a_udp_service(void **state)
{
	struct script *s = script_new();
	const struct heard_fact *f;

	(void)state;
	udp(s, 1, 4000, 2, 7777, "zork?");
	udp(s, 1, 4000, 2, 7777, "zork??");
	udp(s, 2, 7777, 1, 4000, "mailbox");
	udp(s, 3, 4000, 4, 9999, "nobody answers");
	replay(s);
	f = heard_find(&s->heard, OBS_SERVICE, 2, 7777);
	assert_non_null(f);
	assert_int_equal(f->aux, SVC_OPEN_REPLY);
	assert_int_equal(f->frame, 3);
	assert_int_equal(heard_count(&s->heard, OBS_SERVICE), 1);
	f = heard_find(&s->heard, OBS_HEARD, 2, 7777);
	assert_string_equal(f->text, "zork?");
	assert_string_equal(f->data, "mailbox");
	f = heard_find(&s->heard, OBS_HOST, 4, 0);
	assert_null(f);
	script_free(s);
}

static void
evidence_grows_with_what_was_answered(void **state)
{
	struct script *s = script_new();
	uint8_t best[4] = { 0 };

	(void)state;
	tcp(s, false, TCP_SYN, 100, 0, "");
	tcp(s, true, TCP_SYN | TCP_ACK, 900, 101, "");
	udp(s, 3, 4000, 1, 53, "one way");
	replay(s);
	for (size_t i = 0; i < s->heard.count; i++) {
		const struct heard_fact *f = &s->heard.facts[i];

		if (f->kind == OBS_HOST && f->addr.b[3] < 4 &&
		    best[f->addr.b[3]] < f->strength)
			best[f->addr.b[3]] = f->strength;
	}
	assert_int_equal(best[1], STRENGTH_CLAIMED);
	assert_int_equal(best[2], STRENGTH_TWO_WAY);
	assert_int_equal(best[3], STRENGTH_UNICAST);
	script_free(s);
}

static void
fragments_are_put_together(void **state)
{
	struct script *s = script_new();
	struct buf *b;
	size_t at;

	(void)state;
	udp(s, 2, 7777, 1, 4000, "question");
	b = frame(s);
	put_ethernet(b, 1, 2, 0x0800);
	at = b->len;
	put_ipv4(b, 1, 2, IPPROTO_UDP, 8);
	b->data[at + 6] = 0x20; /* more fragments */
	put_udp(b, 4000, 7777, 6);
	b = frame(s);
	put_ethernet(b, 1, 2, 0x0800);
	at = b->len;
	put_ipv4(b, 1, 2, IPPROTO_UDP, 6);
	b->data[at + 7] = 1; /* at 8 octets */
	buf_put(b, "answer", 6);
	replay(s);
	assert_int_equal(s->stats.fragments, 2);
	assert_int_equal(s->stats.reassembled, 1);
	assert_string_equal(
	    heard_find(&s->heard, OBS_HEARD, 1, 4000)->data, "answer");
	script_free(s);
}

static void
a_tunnel_is_no_service(void **state)
{
	struct script *s = script_new();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct buf *b = frame(s);

		put_ethernet(b, 1 + i, 2 - i, 0x0800);
		put_ipv4(b, 1 + i, 2 - i, IPPROTO_UDP, 8 + 8 + 30);
		put_udp(b, 2152, 2152, 8 + 30);
		buf_be32(b, 0x30ff001e);
		buf_be32(b, 9);
		put_ipv4(b, 3 + i, 4 - i, IPPROTO_UDP, 8 + 2);
		put_udp(b, 5000 + i, 5001 - i, 2);
		buf_put(b, "in", 2);
	}
	/* On a tunnel's port, but no tunnel: a conversation. */
	udp(s, 5, 2152, 6, 2152, "abc");
	udp(s, 6, 2152, 5, 2152, "def");
	replay(s);
	assert_null(heard_find(&s->heard, OBS_SERVICE, 1, 2152));
	assert_null(heard_find(&s->heard, OBS_SERVICE, 2, 2152));
	assert_non_null(heard_find(&s->heard, OBS_SERVICE, 4, 5001));
	assert_non_null(heard_find(&s->heard, OBS_SERVICE, 6, 2152));
	assert_non_null(heard_find(&s->heard, OBS_HOST, 1, 0));
	assert_non_null(heard_find(&s->heard, OBS_HOST, 3, 0));
	script_free(s);
}

static void
the_counters_balance(void **state)
{
	struct script *s = script_new();
	struct buf *b;

	(void)state;
	udp(s, 1, 1, 2, 2, "fine");
	put_ethernet(frame(s), 1, 2, 0x0800); /* no IP header */
	b = frame(s);
	put_ethernet(b, 1, 2, 0x0800);
	buf_put(b, "\x50zzzzzzzzzzzzzzzzzzzzzzzz", 25);
	b = frame(s);
	put_ethernet(b, 1, 2, 0x8864);
	buf_put(b, "\x11\0\0\1\0\2\xc0\x21", 8); /* PPP link control */
	replay(s);
	assert_int_equal(s->stats.received, 4);
	assert_int_equal(s->stats.decoded, 1);
	assert_int_equal(s->stats.truncated, 1);
	assert_int_equal(s->stats.malformed, 1);
	assert_int_equal(s->stats.unsupported, 1);
	assert_int_equal(s->stats.observations, s->heard.count);
	script_free(s);
}

static void
a_cut_file_tells_what_it_heard(void **state)
{
	struct script *s = script_new();
	const char *path;

	(void)state;
	udp(s, 1, 4000, 2, 7777, "zork?");
	udp(s, 2, 7777, 1, 4000, "mailbox");
	path = frames_write("cut", 1, s->frames, 2);
	assert_int_equal(truncate(path, 24 + 2 * 16 + 47 + 20), 0);
	replay_file(s, path);
	assert_int_equal(s->end, ES_E(TRUNC));
	assert_non_null(strstr(s->eb.text, "cut inside packet 2"));
	assert_non_null(heard_find(&s->heard, OBS_HOST, 1, 0));
	(void)unlink(path);
	script_free(s);
}

static void
an_unknown_link_type_is_named(void **state)
{
	struct script *s = script_new();
	struct capture_sink sink = heard_sink(&s->heard);
	struct capture_options o = { 0 };
	struct capture *c = NULL;

	(void)state;
	udp(s, 1, 1, 2, 2, "x");
	o.file = frames_write("link", 230, s->frames, 1);
	assert_int_equal(
	    capture_open(&o, &sink, &c, &s->eb), ES_E(UNSUPPORTED));
	assert_non_null(strstr(s->eb.text, "IEEE802_15_4"));
	(void)unlink(o.file);
	script_free(s);
}

static void
the_sink_may_refuse_and_hears_it_later(void **state)
{
	struct script *s = script_new();
	struct capture_sink sink = heard_sink(&s->heard);
	struct capture_options o = { 0 };
	struct capture *c = NULL;

	(void)state;
	udp(s, 1, 4000, 2, 7777, "a");
	udp(s, 1, 4000, 2, 7777, "b");
	o.file = frames_write("refuse", 1, s->frames, 2);
	assert_int_equal(capture_open(&o, &sink, &c, &s->eb), 0);
	s->heard.refuse = true;
	assert_int_equal(capture_poll(c, 0, &s->eb), 2);
	assert_true(s->heard.refused >= 4);
	capture_free(c);
	s->heard.refuse = false;
	replay_file(s, o.file);
	assert_int_equal(heard_count(&s->heard, OBS_HOST), 1);
	(void)unlink(o.file);
	script_free(s);
}

/* A busy script for the tests below. */
static void
put_traffic(struct script *s)
{
	for (unsigned i = 0; i < 40; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text),
		    "GET /%u HTTP/1.1\r\nHost: h%u\r\n\r\n", i, i);
		tcp(s, false, TCP_SYN, 100 + i * 1000, 0, "");
		tcp(s, true, TCP_SYN | TCP_ACK, 900, 101 + i * 1000, "");
		tcp(s, false, TCP_ACK, 111 + i * 1000, 901, text + 10);
		tcp(s, false, TCP_ACK, 101 + i * 1000, 901, text);
		tcp(s, false, TCP_FIN | TCP_ACK, 200 + i * 1000, 901, "");
		tcp(s, true, TCP_FIN | TCP_ACK, 901, 201 + i * 1000, "");
		udp(s, 1 + i, 4000 + i, 2, 53, "notdns");
		udp(s, 2, 53, 1 + i, 4000 + i, "reply");
	}
}

static void
the_same_file_twice_tells_the_same(void **state)
{
	struct script *s = script_new();
	uint64_t hash;
	size_t count;

	(void)state;
	put_traffic(s);
	replay(s);
	hash = s->heard.hash;
	count = s->heard.count;
	assert_true(count > 50);
	memset(&s->heard, 0, sizeof(s->heard));
	replay(s);
	assert_int_equal(s->heard.count, count);
	assert_int_equal(s->heard.hash, hash);
	assert_true(s->heard.clock > 100);
	script_free(s);
}

/* The sanitizer tells of every allocation, those inside libraries too. */
__attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *, size_t),
    void (*on_free)(const volatile void *));

static volatile bool watching;
static volatile unsigned allocations;

static void
on_malloc(const volatile void *p, size_t size)
{
	(void)p;
	(void)size;
	allocations += watching;
}

static void
on_free(const volatile void *p)
{
	(void)p;
}

static void
nothing_is_allocated_once_it_runs(void **state)
{
	struct script *s = script_new();
	struct capture_sink sink = heard_sink(&s->heard);
	struct capture_options o = { 0 };
	struct capture *c = NULL;
	void *volatile probe;
	int rc;

	(void)state;
	if (__sanitizer_install_malloc_and_free_hooks == NULL) {
		script_free(s);
		printf("only the sanitizer can count allocations\n");
		skip();
	}
	(void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	put_traffic(s);
	o.file = frames_write("alloc", 1, s->frames, s->count);
	assert_int_equal(capture_open(&o, &sink, &c, &s->eb), 0);
	watching = true;
	while ((rc = capture_poll(c, 0, &s->eb)) > 0)
		;
	capture_finish(c);
	watching = false;
	assert_int_equal(rc, ES_E(EOF));
	assert_int_equal(allocations, 0);
	watching = true;
	probe = malloc(1); /* the watch itself works */
	watching = false;
	free(probe);
	assert_int_equal(allocations, 1);
	capture_free(c);
	(void)unlink(o.file);
	script_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_accepted_connection_is_a_service),
		cmocka_unit_test(a_refused_connection_is_closed),
		cmocka_unit_test(data_after_an_unanswered_syn_is_midstream),
		cmocka_unit_test(content_shows_the_server_midstream),
		cmocka_unit_test(an_answered_request_is_a_udp_service),
		cmocka_unit_test(evidence_grows_with_what_was_answered),
		cmocka_unit_test(fragments_are_put_together),
		cmocka_unit_test(a_tunnel_is_no_service),
		cmocka_unit_test(the_counters_balance),
		cmocka_unit_test(a_cut_file_tells_what_it_heard),
		cmocka_unit_test(an_unknown_link_type_is_named),
		cmocka_unit_test(the_sink_may_refuse_and_hears_it_later),
		cmocka_unit_test(the_same_file_twice_tells_the_same),
		cmocka_unit_test(nothing_is_allocated_once_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
