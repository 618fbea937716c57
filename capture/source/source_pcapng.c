/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng: blocks of sections. Read are section headers (byte order), the
 * interface descriptions (link type, time resolution and offset), and the
 * three kinds of packet block; every other block is skipped.
 *
 * Spec: draft-ietf-opsawg-pcapng.
 */
#include "capture/source/file_impl.h"

#define BLOCK_IDB 1U
#define BLOCK_PB 2U /* obsolete packet block */
#define BLOCK_SPB 3U
#define BLOCK_EPB 6U

#define BLOCK_MIN 12U
#define SECTION_MAGIC 0x1a2b3c4dU

#define OPT_END 0U
#define OPT_TSRESOL 9U
#define OPT_TSOFFSET 14U

/* A block may carry options besides the packet: comments, names. */
#define BLOCK_MAX (LIMIT_RECORD + 65536U)

static uint64_t
ng_resolution(uint8_t code)
{
	uint64_t per_s = 1;
	unsigned power = code & 0x7f;

	if (code & 0x80)
		return power < 63 ? UINT64_C(1) << power : 1;
	for (unsigned i = 0; i < power && i < 18; i++)
		per_s *= 10;
	return per_s;
}

static void
ng_if_options(const struct source_file *s, struct cursor c, struct ng_if *it)
{
	while (cur_left(&c) >= 4) {
		uint16_t code = file_u16(s, &c);
		uint16_t len = file_u16(s, &c);
		struct cursor body = cur_sub(&c, len);

		cur_skip(&c, (4U - len % 4U) % 4U);
		if (code == OPT_END)
			return;
		if (code == OPT_TSRESOL && len == 1)
			it->per_s = ng_resolution(cur_u8(&body));
		if (code == OPT_TSOFFSET && len == 8)
			it->offset_s = (int64_t)(s->big ? cur_be64(&body)
							: cur_le64(&body));
	}
}

static int
ng_interface(struct source_file *s, struct cursor c, struct errbuf *eb)
{
	struct ng_if *it;

	if (s->nifs == LIMIT_FILE_INTERFACES)
		return file_garbage(s, "a section has too many interfaces", eb);
	it = &s->ifs[s->nifs];
	*it = (struct ng_if){ .per_s = 1000000 };
	it->linktype = file_u16(s, &c);
	cur_skip(&c, 2);
	it->snaplen = file_u32(s, &c);
	if (cur_bad(&c))
		return file_garbage(s, "an interface block is too short", eb);
	ng_if_options(s, c, it);
	if (it->offset_s > INT32_MAX || it->offset_s < INT32_MIN)
		it->offset_s = 0;
	s->linktype = s->records == 0 && s->nifs == 0	 ? (int)it->linktype
		      : s->linktype == (int)it->linktype ? s->linktype
							 : -1;
	s->nifs++;
	return filter_prepare(&s->filter, it->linktype, eb);
}

static struct wall
ng_time(const struct ng_if *it, uint64_t units)
{
	uint64_t sec = units / it->per_s;
	uint64_t rest = units % it->per_s;
	uint64_t ns;

	if (it->per_s <= 1000000000)
		ns = rest * (uint64_t)NS_PER_S / it->per_s;
	else
		ns = rest / (it->per_s / (uint64_t)NS_PER_S);
	if (sec > INT32_MAX * UINT64_C(4))
		sec = 0; /* not a time: the year 2242 and later */
	return (struct wall){ .ns = ((int64_t)sec + it->offset_s) * NS_PER_S +
				    (int64_t)ns };
}

/* The body of a packet block. Returns 1 or ES_E(FORMAT). */
static int
ng_packet(struct source_file *s, uint32_t type, struct cursor c,
    struct record *rec, struct errbuf *eb)
{
	const struct ng_if *it;
	uint64_t units = 0;
	uint32_t id = 0;

	if (type == BLOCK_PB) {
		id = file_u16(s, &c);
		cur_skip(&c, 2);
	} else if (type == BLOCK_EPB) {
		id = file_u32(s, &c);
	}
	if (id >= s->nifs)
		return file_garbage(s, "it names no known interface", eb);
	it = &s->ifs[id];
	if (type != BLOCK_SPB) {
		units = (uint64_t)file_u32(s, &c) << 32;
		units |= file_u32(s, &c);
		rec->caplen = file_u32(s, &c);
		rec->len = file_u32(s, &c);
	} else {
		rec->len = file_u32(s, &c);
		rec->caplen = rec->len;
		if (it->snaplen != 0 && rec->caplen > it->snaplen)
			rec->caplen = it->snaplen;
		if (rec->caplen > cur_left(&c))
			rec->caplen = (uint32_t)cur_left(&c);
	}
	rec->ts = ng_time(it, units);
	rec->ifindex = id;
	rec->linktype = it->linktype;
	rec->data = cur_take(&c, rec->caplen);
	if (rec->data == NULL || rec->caplen > LIMIT_RECORD)
		return file_garbage(s, "its length is impossible", eb);
	return 1;
}

/* Byte order of a new section: its third word says. */
static int
ng_section(struct source_file *s, struct errbuf *eb)
{
	struct cursor c;
	int rc = file_need(s, BLOCK_MIN, eb);

	if (rc <= 0)
		return rc;
	c = file_at(s, BLOCK_MIN);
	cur_skip(&c, 8);
	s->big = cur_be32(&c) == SECTION_MAGIC;
	c = file_at(s, BLOCK_MIN);
	cur_skip(&c, 8);
	if (!s->big && cur_le32(&c) != SECTION_MAGIC)
		return file_garbage(s, "a section has no byte order", eb);
	s->nifs = 0;
	return 1;
}

int
pcapng_next(struct source_file *s, struct record *rec, struct errbuf *eb)
{
	for (;;) {
		struct cursor c;
		uint32_t type;
		uint32_t len;
		int rc = file_need(s, BLOCK_MIN, eb);

		if (rc <= 0)
			return rc;
		c = file_at(s, 4);
		if (cur_be32(&c) == PCAPNG_SHB && (rc = ng_section(s, eb)) <= 0)
			return rc;
		c = file_at(s, 8);
		type = file_u32(s, &c);
		len = file_u32(s, &c);
		if (len < BLOCK_MIN || len % 4 != 0 || len > BLOCK_MAX)
			return file_garbage(s, "a block's length is wrong", eb);
		rc = file_need(s, len, eb);
		if (rc <= 0)
			return rc;
		c = cur_new(s->buf + s->at + 8, len - BLOCK_MIN);
		s->at += len;
		if (type == BLOCK_IDB && (rc = ng_interface(s, c, eb)) < 0)
			return rc;
		if (type == BLOCK_EPB || type == BLOCK_SPB || type == BLOCK_PB)
			return ng_packet(s, type, c, rec, eb);
	}
}
