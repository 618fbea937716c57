/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message header; see msg.h for its layout.
 */
#include "sensor/ipc/msg.h"

#include "sensor/base/err.h"

#define LENGTH_AT 4

static const char *const texts[] = {
	"none",
#define MSG(name, from, to, body) #name,
#include "sensor/ipc/msgs.def"
#undef MSG
};

const char *
msg_type_text(enum msg_type type)
{
	return type < MSG_TYPE_MAX ? texts[type] : "unknown";
}

void
msg_begin(struct buf *b, enum msg_type type, uint64_t seq)
{
	buf_reset(b);
	buf_be16(b, MSG_MAGIC);
	buf_u8(b, MSG_VERSION);
	buf_u8(b, (uint8_t)type);
	buf_be32(b, 0);
	buf_be64(b, seq);
}

int
msg_end(struct buf *b)
{
	uint32_t len;
	size_t i;

	if (b->bad || b->len < MSG_HEADER || b->len > MSG_HEADER + MSG_MAX)
		return ES_E(RANGE);
	len = (uint32_t)(b->len - MSG_HEADER);
	for (i = 0; i < 4; i++)
		b->data[LENGTH_AT + i] = (uint8_t)(len >> (24 - 8 * i));
	return 0;
}

int
msg_parse(const void *data, size_t len, struct msg *out)
{
	struct cursor in = cur_new(data, len);
	uint16_t magic = cur_be16(&in);
	uint8_t version = cur_u8(&in);
	uint8_t type = cur_u8(&in);
	uint32_t body = cur_be32(&in);

	out->seq = cur_be64(&in);
	if (cur_bad(&in) || magic != MSG_MAGIC)
		return ES_E(FORMAT);
	if (version != MSG_VERSION)
		return ES_E(VERSION);
	if (type == MSG_NONE || type >= MSG_TYPE_MAX || body > MSG_MAX ||
	    body != cur_left(&in))
		return ES_E(FORMAT);
	out->type = (enum msg_type)type;
	out->body = in;
	return 0;
}
