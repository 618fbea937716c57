/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture files: pcap and pcapng, either byte order, from a file or a pipe.
 *
 * Why a reader of our own: libpcap's refuses a pcapng file whose interfaces
 * have different link types, blocks on pipes, and costs more a record. The
 * file is read() into one fixed window (no mmap: a file that shrinks would
 * kill the process), so nothing is allocated after opening. Every length in
 * the file is hostile and checked against LIMIT_RECORD before it is used.
 *
 * Spec: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/source/file_impl.h"
#include "sensor/base/cursor.h"

#define PCAP_HEADER 24
#define PCAP_RECORD 16
#define PCAP_RECORD_MODIFIED 24
#define MAGIC_MICRO 0xa1b2c3d4U
#define MAGIC_NANO 0xa1b23c4dU
#define MAGIC_MODIFIED 0xa1b2cd34U

static size_t
read_size(const struct source_file *s)
{
#ifdef ES_STRESS
	return s->end < s->cap ? 1 : 0; /* every header in pieces */
#else
	return s->cap - s->end;
#endif
}

/**
 * Have @p n octets at file_at. Returns 1; 0 when a pipe has no more now;
 * ES_E(EOF) at a clean end, ES_E(TRUNC) when the end is inside them.
 */
int
file_need(struct source_file *s, size_t n, struct errbuf *eb)
{
	while (s->end - s->at < n) {
		struct pollfd fd = { .fd = s->fd, .events = POLLIN };
		ssize_t got;

		if (!s->regular && poll(&fd, 1, 0) <= 0)
			return 0;
		if (s->at > 0 && s->at + n > s->cap) {
			memmove(s->buf, s->buf + s->at, s->end - s->at);
			s->end -= s->at;
			s->at = 0;
		}
		if (s->at == s->end)
			s->at = s->end = 0;
		got = read(s->fd, s->buf + s->end, read_size(s));
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (got < 0)
			return err_sys(eb, "capture file '%s'", s->name);
		if (got == 0 && s->end == s->at)
			return ES_E(EOF);
		if (got == 0)
			return err_set(eb, ES_E(TRUNC),
			    "capture file '%s' is cut inside packet %llu: "
			    "everything before it was read",
			    s->name, (unsigned long long)s->records + 1);
		s->end += (size_t)got;
		s->done += (uint64_t)got;
	}
	return 1;
}

struct cursor
file_at(const struct source_file *s, size_t n)
{
	return cur_new(s->buf + s->at, n);
}

uint32_t
file_u32(const struct source_file *s, struct cursor *c)
{
	return s->big ? cur_be32(c) : cur_le32(c);
}

uint16_t
file_u16(const struct source_file *s, struct cursor *c)
{
	return s->big ? cur_be16(c) : cur_le16(c);
}

int
file_garbage(const struct source_file *s, const char *what, struct errbuf *eb)
{
	return err_set(eb, ES_E(FORMAT),
	    "capture file '%s' is damaged at packet %llu: %s", s->name,
	    (unsigned long long)s->records + 1, what);
}

/* What else people hand over, and how to get at the capture in it. */
static int
file_no_capture(const struct source_file *s, struct cursor c, struct errbuf *eb)
{
	if (CUR_STARTS(&c, "\x1f\x8b"))
		return err_set(eb, ES_E(FORMAT),
		    "'%s' is compressed: zcat it into 'replay -'", s->name);
	if (CUR_STARTS(&c, "\x28\xb5\x2f\xfd"))
		return err_set(eb, ES_E(FORMAT),
		    "'%s' is compressed: zstdcat it into 'replay -'", s->name);
	return err_set(eb, ES_E(FORMAT),
	    "'%s' is no capture file: neither pcap nor pcapng", s->name);
}

/* The 24 octets at the head of a pcap file. */
static int
file_pcap_header(struct source_file *s, struct errbuf *eb)
{
	struct cursor c = file_at(s, PCAP_HEADER);
	uint32_t magic = cur_be32(&c);
	uint32_t swapped = __builtin_bswap32(magic);

	s->big = magic == MAGIC_MICRO || magic == MAGIC_NANO ||
		 magic == MAGIC_MODIFIED;
	if (!s->big)
		magic = swapped;
	s->record_header =
	    magic == MAGIC_MODIFIED ? PCAP_RECORD_MODIFIED : PCAP_RECORD;
	s->nano = magic == MAGIC_NANO;
	cur_skip(&c, 16);
	/* The upper bits tell of the frame check sequence, not the type. */
	s->linktype = (int)(file_u32(s, &c) & 0x03ffffff);
	s->at += PCAP_HEADER;
	return filter_prepare(&s->filter, (uint32_t)s->linktype, eb);
}

static int
file_begin(struct source_file *s, struct errbuf *eb)
{
	struct cursor c;
	uint32_t magic;
	int rc = file_need(s, 4, eb);

	if (rc == ES_E(EOF))
		return err_set(
		    eb, ES_E(FORMAT), "capture file '%s' is empty", s->name);
	if (rc == ES_E(TRUNC))
		return file_no_capture(s, file_at(s, s->end - s->at), eb);
	if (rc <= 0)
		return rc;
	c = file_at(s, 4);
	magic = cur_be32(&c);
	s->is_ng = magic == PCAPNG_SHB;
	if (s->is_ng) {
		s->begun = true;
		return 1;
	}
	c = file_at(s, 4);
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO &&
	    magic != MAGIC_MODIFIED && cur_le32(&c) != MAGIC_MICRO) {
		c = file_at(s, 4);
		magic = cur_le32(&c);
		if (magic != MAGIC_NANO && magic != MAGIC_MODIFIED)
			return file_no_capture(s, file_at(s, 4), eb);
	}
	rc = file_need(s, PCAP_HEADER, eb);
	if (rc == ES_E(TRUNC))
		return err_set(eb, ES_E(TRUNC),
		    "capture file '%s' is cut inside its header", s->name);
	if (rc <= 0)
		return rc;
	s->begun = true;
	rc = file_pcap_header(s, eb);
	return rc < 0 ? rc : 1;
}

static int
file_pcap_next(struct source_file *s, struct record *rec, struct errbuf *eb)
{
	struct cursor c;
	uint32_t sec;
	uint32_t frac;
	int rc = file_need(s, s->record_header, eb);

	if (rc <= 0)
		return rc;
	c = file_at(s, s->record_header);
	sec = file_u32(s, &c);
	frac = file_u32(s, &c);
	rec->caplen = file_u32(s, &c);
	rec->len = file_u32(s, &c);
	if (rec->caplen > LIMIT_RECORD)
		return file_garbage(s, "its length is impossible", eb);
	rc = file_need(s, s->record_header + rec->caplen, eb);
	if (rc <= 0)
		return rc;
	rec->ts.ns =
	    (int64_t)sec * NS_PER_S + (int64_t)frac * (s->nano ? 1 : NS_PER_US);
	rec->ifindex = 0;
	rec->linktype = (uint32_t)s->linktype;
	rec->data = s->buf + s->at + s->record_header;
	s->at += s->record_header + rec->caplen;
	return 1;
}

int
source_file_next(struct source_file *s, struct record *rec, struct errbuf *eb)
{
	int rc;

	if (!s->begun) {
		rc = file_begin(s, eb);
		if (rc <= 0)
			return rc;
	}
	do {
		rc = s->is_ng ? pcapng_next(s, rec, eb)
			      : file_pcap_next(s, rec, eb);
		if (rc <= 0)
			return rc;
		s->records++;
		rc = filter_pass(&s->filter, rec, eb);
		if (rc == 0)
			s->filtered++;
	} while (rc == 0);
	return rc;
}

int
source_file_open(
    const struct source_options *o, struct source_file **out, struct errbuf *eb)
{
	struct source_file *s = calloc(1, sizeof(*s));
	bool piped = strcmp(o->file, "-") == 0;
	struct stat st;
	int rc;

	if (s == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for a source");
	s->linktype = -1;
	(void)snprintf(
	    s->name, sizeof(s->name), "%s", piped ? "stdin" : o->file);
	s->fd = piped ? dup(STDIN_FILENO) : open(o->file, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) != 0) {
		rc = err_sys(eb, "cannot open capture file '%s'", s->name);
		goto fail;
	}
	if (S_ISDIR(st.st_mode)) {
		rc = err_set(eb, ES_E(FORMAT),
		    "'%s' is a folder: name a capture file", s->name);
		goto fail;
	}
	s->regular = S_ISREG(st.st_mode);
	s->size = s->regular ? (uint64_t)st.st_size : 0;
	s->cap = s->regular && s->size < LIMIT_READ_BUFFER ? s->size + 1
							   : LIMIT_READ_BUFFER;
	s->buf = malloc(s->cap);
	if (s->buf == NULL) {
		rc = err_set(eb, ES_E(NOMEM), "no memory for a source");
		goto fail;
	}
	rc = filter_init(&s->filter, o->filter, eb);
	if (rc < 0)
		goto fail;
	if (s->regular && (rc = file_begin(s, eb)) < 0)
		goto fail;
	*out = s;
	return 0;
fail:
	source_file_free(s);
	return rc;
}

int
source_file_wait(struct source_file *s, int timeout_ms)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };
	int n = s->regular ? 1 : poll(&fd, 1, timeout_ms);

	return n < 0 && errno != EINTR ? ES_E(SYS) : 0;
}

int
source_file_linktype(const struct source_file *s)
{
	return s->linktype;
}

void
source_file_stats(struct source_file *s, struct source_stats *out)
{
	out->filtered = s->filtered;
}

void
source_file_progress(const struct source_file *s, uint64_t *done, uint64_t *all)
{
	*done = s->done - (s->end - s->at);
	*all = s->size;
}

void
source_file_free(struct source_file *s)
{
	filter_fini(&s->filter);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->buf);
	free(s);
}
