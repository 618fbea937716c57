/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: every kind of capture file, cut and damaged ones, filters, pipes, and what is said of things that are no
 * source at all.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/source/source.h"
#include "frames.h"
#include "sensor/base/attrs.h"

/* A file under construction, in either byte order. */
struct file {
	struct buf b;
	bool big;
	char path[64];
};

static void
put32(struct file *f, uint32_t v)
{
	buf_be32(&f->b, f->big ? v : __builtin_bswap32(v));
}

static void
put16(struct file *f, unsigned v)
{
	buf_be16(&f->b, f->big ? (uint16_t)v : __builtin_bswap16((uint16_t)v));
}

static struct file
file_new(bool big)
{
	struct file f = { .big = big };

	buf_init(&f.b, 1U << 22);
	(void)snprintf(
	    f.path, sizeof(f.path), "/tmp/es-test-source-%d", getpid());
	return f;
}

static void
file_write(struct file *f)
{
	int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, f->b.data, f->b.len), (ssize_t)f->b.len);
	(void)close(fd);
}

static void
file_done(struct file *f)
{
	(void)unlink(f->path);
	buf_fini(&f->b);
}

static void
pcap_header(struct file *f, uint32_t magic, uint32_t linktype)
{
	put32(f, magic);
	put16(f, 2);
	put16(f, 4);
	put32(f, 0);
	put32(f, 0);
	put32(f, 65535);
	put32(f, linktype);
}

static void
pcap_record(struct file *f, uint32_t sec, uint32_t frac, const char *data)
{
	put32(f, sec);
	put32(f, frac);
	put32(f, (uint32_t)strlen(data));
	put32(f, 100);
	buf_put(&f->b, data, strlen(data));
}

static struct source *
open_file(struct file *f, const char *filter)
{
	struct source_options o = {
		.file = f->path, .filter = filter, .snaplen = 65535
	};
	struct source *s = NULL;
	struct errbuf eb = { "" };

	file_write(f);
	if (source_open(&o, &s, &eb) != 0)
		fail_msg("%s", eb.text);
	return s;
}

static int
next(struct source *s, struct record *rec)
{
	struct errbuf eb;

	return source_next(s, rec, &eb);
}

static void
reads_pcap_in_both_orders_and_resolutions(void **state)
{
	static const struct {
		uint32_t magic;
		bool big;
		int64_t ns;
	} cases[] = {
		{ 0xa1b2c3d4, false, 7000 },
		{ 0xa1b2c3d4, true, 7000 },
		{ 0xa1b23c4d, false, 7 },
		{ 0xa1b23c4d, true, 7 },
	};

	(void)state;
	for (size_t i = 0; i < ES_ARRAY_LEN(cases); i++) {
		struct file f = file_new(cases[i].big);
		struct record rec;
		struct source *s;

		pcap_header(&f, cases[i].magic, 113);
		pcap_record(&f, 5, 7, "one");
		pcap_record(&f, 6, 0, "four");
		s = open_file(&f, NULL);
		assert_int_equal(source_linktype(s), 113);
		assert_int_equal(next(s, &rec), 1);
		assert_int_equal(rec.ts.ns, 5 * NS_PER_S + cases[i].ns);
		assert_int_equal(rec.caplen, 3);
		assert_int_equal(rec.len, 100);
		assert_memory_equal(rec.data, "one", 3);
		assert_int_equal(next(s, &rec), 1);
		assert_memory_equal(rec.data, "four", 4);
		assert_int_equal(next(s, &rec), ES_E(EOF));
		source_free(s);
		file_done(&f);
	}
}

/* ---- pcapng ---- */

static size_t
block_begin(struct file *f, uint32_t type)
{
	put32(f, type);
	put32(f, 0);
	return f->b.len - 8;
}

static void
block_end(struct file *f, size_t at)
{
	uint32_t len;

	while (f->b.len % 4 != 0)
		buf_u8(&f->b, 0);
	len = (uint32_t)(f->b.len - at + 4);
	put32(f, len);
	memcpy(f->b.data + at + 4, f->b.data + f->b.len - 4, 4);
}

static void
ng_section(struct file *f)
{
	size_t at = block_begin(f, 0x0a0d0d0a);

	put32(f, 0x1a2b3c4d);
	put32(f, 1);
	put32(f, UINT32_MAX);
	put32(f, UINT32_MAX);
	block_end(f, at);
}

static void
ng_interface(struct file *f, unsigned linktype, int resolution)
{
	size_t at = block_begin(f, 1);

	put16(f, linktype);
	put16(f, 0);
	put32(f, 65535);
	if (resolution >= 0) {
		put16(f, 9);
		put16(f, 1);
		buf_u8(&f->b, (uint8_t)resolution);
		buf_put(&f->b, "\0\0\0", 3);
		put32(f, 0);
	}
	block_end(f, at);
}

static void
ng_packet(struct file *f, uint32_t interface, uint64_t units, const char *data)
{
	size_t at = block_begin(f, 6);

	put32(f, interface);
	put32(f, (uint32_t)(units >> 32));
	put32(f, (uint32_t)units);
	put32(f, (uint32_t)strlen(data));
	put32(f, 99);
	buf_put(&f->b, data, strlen(data));
	block_end(f, at);
}

static void
reads_pcapng_with_interfaces_of_two_link_types(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		struct file f = file_new(big != 0);
		struct record rec;
		struct source *s;
		size_t at;

		ng_section(&f);
		ng_interface(&f, 1, -1);
		ng_interface(&f, 101, 9);
		at = block_begin(&f, 0xbad); /* a block nobody knows */
		put32(&f, 7);
		block_end(&f, at);
		ng_packet(&f, 0, 3000001, "eth");
		ng_packet(&f, 1, 3000000001, "raw!!");
		ng_section(&f);
		ng_interface(&f, 113, 0x80 | 10);
		ng_packet(&f, 0, 512, "cooked");
		s = open_file(&f, NULL);
		assert_int_equal(next(s, &rec), 1);
		assert_int_equal(rec.linktype, 1);
		assert_int_equal(rec.ts.ns, 3 * NS_PER_S + 1000);
		assert_int_equal(rec.len, 99);
		assert_int_equal(next(s, &rec), 1);
		assert_int_equal(rec.linktype, 101);
		assert_int_equal(rec.ifindex, 1);
		assert_int_equal(rec.caplen, 5);
		assert_int_equal(rec.ts.ns, 3 * NS_PER_S + 1);
		assert_int_equal(next(s, &rec), 1);
		assert_int_equal(rec.linktype, 113);
		assert_int_equal(rec.ts.ns, NS_PER_S / 2);
		assert_int_equal(next(s, &rec), ES_E(EOF));
		source_free(s);
		file_done(&f);
	}
}

/* ---- damage ---- */

/* Every prefix of a file: what is whole is read, then TRUNC or EOF; never anything else after a good header. */
static void
reads_what_is_before_the_cut(void **state)
{
	struct file f = file_new(false);
	size_t all;
	size_t ends[4];

	(void)state;
	pcap_header(&f, 0xa1b2c3d4, 1);
	ends[0] = f.b.len;
	for (unsigned i = 1; i < 4; i++) {
		pcap_record(&f, i, 0, "some octets");
		ends[i] = f.b.len;
	}
	all = f.b.len;
	for (size_t cut = ends[0]; cut <= all; cut++) {
		size_t whole = 0;
		bool at_end = cut == ends[0];
		struct record rec;
		struct source *s;
		int rc;

		for (unsigned i = 1; i < 4; i++) {
			whole += cut >= ends[i];
			at_end |= cut == ends[i];
		}
		f.b.len = cut;
		s = open_file(&f, NULL);
		for (size_t n = 0; n < whole; n++)
			assert_int_equal(next(s, &rec), 1);
		rc = next(s, &rec);
		assert_int_equal(rc, at_end ? ES_E(EOF) : ES_E(TRUNC));
		source_free(s);
	}
	file_done(&f);
}

static void
refuses(const char *content, size_t len, int code, const char *words)
{
	struct file f = file_new(false);
	struct source_options o = { .file = f.path };
	struct source *s = NULL;
	struct record rec;
	struct errbuf eb = { "" };
	int rc;

	buf_put(&f.b, content, len);
	file_write(&f);
	rc = source_open(&o, &s, &eb);
	if (rc == 0) {
		while ((rc = source_next(s, &rec, &eb)) > 0)
			;
		source_free(s);
	}
	assert_int_equal(rc, code);
	if (strstr(eb.text, words) == NULL)
		fail_msg("'%s' does not say '%s'", eb.text, words);
	file_done(&f);
}

static void
says_what_is_wrong_with_a_file(void **state)
{
	(void)state;
	refuses("", 0, ES_E(FORMAT), "is empty");
	refuses("hello world, no packets", 23, ES_E(FORMAT),
	    "neither pcap nor pcapng");
	refuses("\x1f\x8b\x08\0", 4, ES_E(FORMAT), "zcat");
	refuses("ab", 2, ES_E(FORMAT), "no capture file");
	refuses("\xd4\xc3\xb2\xa1\2\0", 6, ES_E(TRUNC), "header");
	refuses("\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\1\0\0\0"
		"\0\0\0\0\0\0\0\0\xff\xff\xff\x7f\1\0\0\0",
	    40, ES_E(FORMAT), "packet 1: its length is impossible");
	refuses("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0"
		"\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0"
		"\6\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		"\x20\0\0\0",
	    60, ES_E(FORMAT), "names no known interface");
	refuses("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0"
		"\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0"
		"\6\0\0\0\x07\0\0\0\0\0\0\0",
	    40, ES_E(FORMAT), "length is wrong");
}

static void
says_what_is_no_source(void **state)
{
	const char *const none[] = { "no-such-if0" };
	struct source_options file = { .file = "/nonexistent/x.pcap" };
	struct source_options dir = { .file = "/tmp" };
	struct source_options live = { .interfaces = none,
		.ninterfaces = 1,
		.snaplen = 65535,
		.ring_octets = 1U << 20 };
	struct source *s = NULL;
	struct errbuf eb;

	(void)state;
	assert_int_equal(source_open(&file, &s, &eb), ES_E(SYS));
	assert_non_null(strstr(eb.text, "/nonexistent/x.pcap"));
	assert_non_null(strstr(eb.text, "No such file"));
	assert_int_equal(source_open(&dir, &s, &eb), ES_E(FORMAT));
	assert_non_null(strstr(eb.text, "is a folder"));
	assert_int_equal(source_open(&live, &s, &eb), ES_E(NOTFOUND));
	assert_non_null(strstr(eb.text, "'no-such-if0' does not exist"));
}

static void
filters_records(void **state)
{
	struct buf frames[3];
	struct source_options o = { .filter = "udp port 53", .snaplen = 65535 };
	struct source_stats stats;
	struct source *s;
	struct record rec;
	struct errbuf eb;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		buf_init(&frames[i], 1024);
		put_udp_frame(&frames[i], 1, 4000, 2, 52 + i, "x");
	}
	o.file = frames_write("filter", 1, frames, 3);
	assert_int_equal(source_open(&o, &s, &eb), 0);
	assert_int_equal(next(s, &rec), 1);
	assert_int_equal(rec.data[37], 53);
	assert_int_equal(next(s, &rec), ES_E(EOF));
	source_stats_get(s, &stats);
	assert_int_equal(stats.filtered, 2);
	source_free(s);
	o.filter = "no such words";
	assert_int_equal(source_open(&o, &s, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, "'no such words'"));
	(void)unlink(o.file);
	for (unsigned i = 0; i < 3; i++)
		buf_fini(&frames[i]);
}

/* Standard input: records come as their octets do, and nothing blocks. */
static void
reads_a_pipe_as_it_fills(void **state)
{
	struct file f = file_new(false);
	struct source_options o = { .file = "-", .snaplen = 65535 };
	struct source *s;
	struct record rec;
	struct errbuf eb;
	int saved = dup(STDIN_FILENO);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	(void)close(ends[0]);
	assert_int_equal(source_open(&o, &s, &eb), 0);
	(void)dup2(saved, STDIN_FILENO);
	(void)close(saved);
	assert_int_equal(next(s, &rec), 0);
	pcap_header(&f, 0xa1b2c3d4, 1);
	pcap_record(&f, 1, 0, "piped");
	assert_int_equal(write(ends[1], f.b.data, 30), 30);
	assert_int_equal(next(s, &rec), 0);
	assert_int_equal(source_wait(s, 0), 0);
	assert_int_equal(
	    write(ends[1], f.b.data + 30, f.b.len - 30), (ssize_t)f.b.len - 30);
	assert_int_equal(next(s, &rec), 1);
	assert_memory_equal(rec.data, "piped", 5);
	(void)close(ends[1]);
	assert_int_equal(next(s, &rec), ES_E(EOF));
	source_free(s);
	buf_fini(&f.b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_pcap_in_both_orders_and_resolutions),
		cmocka_unit_test(
		    reads_pcapng_with_interfaces_of_two_link_types),
		cmocka_unit_test(reads_what_is_before_the_cut),
		cmocka_unit_test(says_what_is_wrong_with_a_file),
		cmocka_unit_test(says_what_is_no_source),
		cmocka_unit_test(filters_records),
		cmocka_unit_test(reads_a_pipe_as_it_fills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
