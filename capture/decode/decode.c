/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that runs the steps, and the table of link types; see decode.h.
 */
#include "capture/decode/decode.h"

#include <string.h>

#include "capture/decode/steps.h"
#include "capture/limits.h"

#define LINK(name, number, file) extern const struct link link_##file;
#include "capture/decode/links.def"
#undef LINK

static const struct {
	uint32_t linktype;
	const struct link *link;
} links[] = {
#define LINK(name, number, file) { number, &link_##file },
#include "capture/decode/links.def"
#undef LINK
};

const struct link *
link_find(uint32_t linktype)
{
	for (size_t i = 0; i < ES_ARRAY_LEN(links); i++)
		if (links[i].linktype == linktype)
			return links[i].link;
	return NULL;
}

void
decode_begin(
    struct decoder *d, const struct link *link, const struct decode_input *in)
{
	memset(d, 0, sizeof(*d));
	d->pkt.ts = in->ts;
	d->pkt.frame = in->frame;
	d->pkt.ifindex = in->ifindex;
	d->cur = cur_new(in->data, in->caplen);
	d->step = link->step;
}

/* Forget what belonged to the level that was shown. */
static void
decode_new_level(struct decoder *d)
{
	struct packet *p = &d->pkt;

	d->emit = false;
	if (d->levels == 0)
		return;
	*p = (struct packet){ .frame = p->frame,
		.ifindex = p->ifindex,
		.ts = p->ts,
		.depth = (uint8_t)d->levels };
	d->mac_hidden = true;
}

bool
decode_next(struct decoder *d)
{
	decode_new_level(d);
	while (d->step != NULL) {
		enum verdict (*step)(struct decoder *) = d->step;

		d->step = NULL;
		if (d->headers++ == LIMIT_HEADERS || d->levels == LIMIT_DEPTH) {
			d->verdict = VERDICT_UNSUPPORTED;
			return false;
		}
		d->verdict = step(d);
		if (d->verdict != VERDICT_OK)
			d->step = NULL;
		if (d->emit) {
			d->pkt.segment = d->segment;
			d->levels++;
			return true;
		}
	}
	return false;
}
