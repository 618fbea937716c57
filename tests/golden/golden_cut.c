/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden_cut: every frame of a golden capture is cut at many lengths, as a snaplen would. Nothing may crash, and nothing
 * may be told that the whole capture does not tell, unless it is marked partial.
 *
 *	golden_cut FILE...
 *
 * Exit: 0 held, 1 something was told of a cut file only (it is printed), 2 a file could not be read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"
#include "sensor/base/hash.h"
#include "sensor/base/str.h"

#define FILE_MAX (1U << 20)
#define PCAP_HEADER 24
#define RECORD_HEADER 16
#define FACTS_MAX 4096
/* From inside the link header on; small steps through the headers. */
#define LENGTH_MIN 13
#define DENSE 90
#define DENSE_STEP 1
#define STEP 67

struct facts {
	uint64_t whole[FACTS_MAX];
	size_t count;
	bool collecting;
	unsigned length;
	unsigned wrong;
	const char *file;
};

/* A fact without what a cut may change: when, how sure, in which state. */
static uint64_t
fact_of(const struct observation *obs)
{
	struct buf b;
	uint64_t h;

	buf_init(&b, 65536);
	buf_u8(&b, (uint8_t)obs->kind);
	buf_put(&b, &obs->addr, sizeof(obs->addr));
	buf_put(&b, &obs->mac, sizeof(obs->mac));
	buf_u8(&b, obs->proto);
	buf_be16(&b, obs->port);
	buf_be16(&b, obs->text.len);
	buf_put(&b, obs->text.p, obs->text.len);
	buf_put(&b, obs->text2.p, obs->text2.len);
	h = hash_bytes(b.data, b.len);
	buf_fini(&b);
	return h;
}

static bool
is_known(const struct facts *f, uint64_t fact)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->whole[i] == fact)
			return true;
	return false;
}

static void
complain(struct facts *f, const struct observation *obs)
{
	char addr[ADDR_TEXT], text[128];

	f->wrong++;
	printf("%s: cut at %u: frame %llu: %s %s port %u '%s'\n", f->file,
	    f->length, (unsigned long long)obs->frame, obs_kind_text(obs->kind),
	    addr_fmt(&obs->addr, addr), obs->port,
	    str_vis_to(text, sizeof(text), obs->text.p, obs->text.len));
}

static bool
on_observation(void *arg, const struct observation *obs)
{
	struct facts *f = arg;
	uint64_t fact = fact_of(obs);

	/* First octets are what there is of them. */
	if (obs->kind == OBS_HEARD)
		return true;
	if (f->collecting) {
		es_require(f->count + 1 < FACTS_MAX);
		f->whole[f->count++] = fact;
		/* A service without its name is a part of it. */
		if (obs->kind == OBS_SERVICE) {
			struct observation bare = *obs;

			bare.text.len = 0;
			f->whole[f->count++] = fact_of(&bare);
		}
	} else if (!obs->partial && !is_known(f, fact)) {
		complain(f, obs);
	}
	return true;
}

static void
run(struct facts *f, const uint8_t *pcap, size_t len)
{
	const struct capture_sink sink = { .arg = f,
		.observe = on_observation };
	struct capture_options options = { .max_hosts = 1024,
		.max_flows = 256,
		.max_reassembly_octets = 1 << 20 };
	int fd = memfd_create("golden", MFD_CLOEXEC);
	struct capture *cap;
	struct errbuf eb;
	char path[64];
	int rc;

	es_require(fd >= 0 && write(fd, pcap, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	options.file = path;
	rc = capture_open(&options, &sink, &cap, &eb);
	es_require(rc == 0);
	do
		rc = capture_poll(cap, 0, &eb);
	while (rc >= 0);
	capture_finish(cap);
	capture_free(cap);
	close(fd);
}

static uint32_t
le32(const uint8_t *p)
{
	struct cursor c = cur_new(p, 4);

	return cur_le32(&c);
}

/* The file with every record cut to @p caplen octets; returns its length. */
static size_t
cut(const uint8_t *in, size_t len, uint8_t *out, uint32_t caplen,
    uint32_t *longest)
{
	size_t n = PCAP_HEADER;

	memcpy(out, in, PCAP_HEADER);
	for (size_t at = PCAP_HEADER; at + RECORD_HEADER <= len;) {
		uint32_t have = le32(in + at + 8);
		uint32_t keep = have < caplen ? have : caplen;
		uint8_t le[4] = { (uint8_t)keep, (uint8_t)(keep >> 8),
			(uint8_t)(keep >> 16), (uint8_t)(keep >> 24) };

		*longest = have > *longest ? have : *longest;
		memcpy(out + n, in + at, RECORD_HEADER);
		memcpy(out + n + 8, le, sizeof(le));
		memcpy(out + n + RECORD_HEADER, in + at + RECORD_HEADER, keep);
		n += RECORD_HEADER + keep;
		at += RECORD_HEADER + have;
	}
	return n;
}

/* Returns how many wrong facts the cut files told, -1 when unreadable. */
static int
check_file(const char *file)
{
	static uint8_t whole[FILE_MAX], part[FILE_MAX];
	struct facts *f = calloc(1, sizeof(*f));
	FILE *in = fopen(file, "rb");
	size_t len = in == NULL ? 0 : fread(whole, 1, sizeof(whole), in);
	uint32_t longest = 0;
	int wrong;

	es_require(f != NULL);
	if (in != NULL)
		fclose(in);
	if (len < PCAP_HEADER) {
		fprintf(stderr, "golden_cut: cannot read %s\n", file);
		free(f);
		return -1;
	}
	f->file = file;
	f->collecting = true;
	run(f, whole, cut(whole, len, part, UINT32_MAX, &longest));
	f->collecting = false;
	for (uint32_t n = LENGTH_MIN; n < longest;
	     n += n < DENSE ? DENSE_STEP : STEP) {
		f->length = n;
		run(f, part, cut(whole, len, part, n, &longest));
	}
	wrong = (int)f->wrong;
	free(f);
	return wrong;
}

int
main(int argc, char **argv)
{
	int status = argc < 2 ? 2 : 0;

	hash_seed_fixed();
	for (int i = 1; i < argc; i++) {
		int wrong = check_file(argv[i]);

		if (wrong < 0)
			status = 2;
		else if (wrong > 0 && status == 0)
			status = 1;
	}
	return status;
}
