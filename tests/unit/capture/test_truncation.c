/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truncation: every golden capture, with every frame cut at every length. Nothing crashes, and nothing is told that
 * the whole capture does not tell, unless it is marked partial.
 */
#include "tests/unit/test.h"

#include <dirent.h>
#include <unistd.h>

#include "frames.h"
#include "heard.h"
#include "sensor/base/hash.h"

#define PCAPS "tests/golden/pcaps"
#define LENGTH_DENSE 130U /* cut at every length up to here, then at some */
#define LENGTH_STEP 61U

struct whole {
	uint8_t *data;
	size_t len;
	uint32_t longest;
	struct heard heard;
};

static uint32_t
get32(const uint8_t *p)
{
	struct cursor c = cur_new(p, 4);

	return cur_le32(&c);
}

/* The capture with frames of at most @p max octets. */
static void
write_cut(const struct whole *w, const char *path, uint32_t max)
{
	FILE *f = fopen(path, "wb");
	size_t at = 24;

	assert_non_null(f);
	(void)fwrite(w->data, 1, at, f);
	while (at + 16 <= w->len) {
		uint32_t caplen = get32(w->data + at + 8);
		uint32_t kept = caplen < max ? caplen : max;
		uint8_t head[16];

		memcpy(head, w->data + at, 16);
		head[8] = (uint8_t)kept;
		head[9] = (uint8_t)(kept >> 8);
		head[10] = (uint8_t)(kept >> 16);
		(void)fwrite(head, 1, 16, f);
		(void)fwrite(w->data + at + 16, 1, kept, f);
		at += 16 + caplen;
	}
	assert_int_equal(fclose(f), 0);
}

static void
replay(const char *path, struct heard *h)
{
	struct capture_options o = { .file = path,
		.max_flows = 256,
		.max_hosts = 1024,
		.max_reassembly_octets = 1U << 20 };
	struct capture_sink sink = heard_sink(h);
	struct capture *c = NULL;
	struct errbuf eb = { "" };

	h->count = 0;
	if (capture_open(&o, &sink, &c, &eb) != 0)
		fail_msg("%s: %s", path, eb.text);
	while (capture_poll(c, 0, &eb) >= 0)
		;
	capture_finish(c);
	capture_free(c);
}

static bool
fact_eq(const struct heard_fact *a, const struct heard_fact *b)
{
	return a->kind == b->kind && addr_eq(&a->addr, &b->addr) &&
	       a->has_mac == b->has_mac && mac_eq(&a->mac, &b->mac) &&
	       a->segment == b->segment && a->port == b->port &&
	       a->proto == b->proto && a->aux == b->aux &&
	       strcmp(a->text, b->text) == 0 && strcmp(a->data, b->data) == 0;
}

/* The name of a service comes from content, and that a port is a data channel from another flow: without them the
 * same is told less exactly. */
static bool
fact_is_less(const struct heard_fact *f, const struct heard_fact *whole)
{
	if (whole->kind != OBS_SERVICE || f->port != whole->port ||
	    f->proto != whole->proto || !addr_eq(&f->addr, &whole->addr))
		return false;
	if (whole->aux == SVC_DATA_CHANNEL)
		return f->kind == OBS_HEARD || f->kind == OBS_SERVICE;
	return f->kind == OBS_SERVICE && f->text[0] == '\0' &&
	       f->aux == whole->aux;
}

static bool
heard_has(const struct heard *h, const struct heard_fact *f)
{
	for (size_t i = 0; i < h->count; i++)
		if (fact_eq(&h->facts[i], f) || fact_is_less(f, &h->facts[i]))
			return true;
	return false;
}

static void
check_cut(const struct whole *w, const char *name, uint32_t max)
{
	static struct heard cut;
	char path[64];

	(void)snprintf(path, sizeof(path), "/tmp/es-test-cut-%d", getpid());
	write_cut(w, path, max);
	replay(path, &cut);
	(void)unlink(path);
	for (size_t i = 0; i < cut.count; i++) {
		const struct heard_fact *f = &cut.facts[i];
		char addr[ADDR_TEXT];

		if (f->partial || heard_has(&w->heard, f))
			continue;
		fail_msg("%s cut at %u: frame %llu tells %s of %s port %u: "
			 "'%s' (%u)",
		    name, max, (unsigned long long)f->frame,
		    obs_kind_text(f->kind), addr_fmt(&f->addr, addr), f->port,
		    f->text, f->aux);
	}
}

static bool
load(struct whole *w, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t at = 24;

	assert_non_null(f);
	w->data = malloc(1U << 20);
	w->len = fread(w->data, 1, 1U << 20, f);
	(void)fclose(f);
	w->longest = 0;
	while (at + 16 <= w->len) {
		uint32_t caplen = get32(w->data + at + 8);

		w->longest = caplen > w->longest ? caplen : w->longest;
		at += 16 + caplen;
	}
	return get32(w->data) == 0xa1b2c3d4;
}

static void
cut_captures_tell_nothing_else(void **state)
{
	struct whole *w = calloc(1, sizeof(*w));
	DIR *dir = opendir(PCAPS);
	struct dirent *entry;
	unsigned captures = 0;

	(void)state;
	hash_seed_fixed();
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char path[512];

		(void)snprintf(path, sizeof(path), PCAPS "/%s", entry->d_name);
		if (strstr(entry->d_name, ".pcap") == NULL || !load(w, path))
			continue;
		captures++;
		replay(path, &w->heard);
		for (uint32_t n = 0; n < w->longest;
		     n += n < LENGTH_DENSE ? 1 : LENGTH_STEP)
			check_cut(w, entry->d_name, n);
		free(w->data);
	}
	(void)closedir(dir);
	assert_true(captures > 20);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_captures_tell_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
