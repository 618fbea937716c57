/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg: what one role says to another. One message is one SOCK_SEQPACKET datagram: a header, then a body whose
 * codec belongs to the model type it carries.
 *
 *	offset 0  u16 magic 0xEA25    2  u8 version    3  u8 type    4  u32 body length    8  u64 sequence
 *
 * The receiver trusts nothing: wrong magic, version, type, length, or a body that its codec refuses is counted and
 * dropped. All integers are network order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"

#define MSG_MAGIC 0xea25
#define MSG_VERSION 1
#define MSG_HEADER 16
#define MSG_MAX (512 * 1024)
/* Observations are batched up to this, so that one datagram always fits the socket buffer. */
#define MSG_BATCH_MAX 32768

/* MSG(NAME, from, to, body): see msgs.def. */
enum msg_type {
	MSG_NONE,
#define MSG(name, from, to, body) MSG_##name,
#include "sensor/ipc/msgs.def"
#undef MSG
	MSG_TYPE_MAX
};

struct msg {
	enum msg_type type;
	uint64_t seq;
	struct cursor body;
};

const char *msg_type_text(enum msg_type type);

/** Start a message in @p b (reset first): the header with room for the length. */
void msg_begin(struct buf *b, enum msg_type type, uint64_t seq);
/** Set the length. Returns 0 or ES_E(RANGE) when the body is too long or the buffer is bad. */
int msg_end(struct buf *b) ES_MUST_CHECK;
/** View a received datagram. Returns 0, ES_E(FORMAT) or ES_E(VERSION). */
int msg_parse(const void *data, size_t len, struct msg *out) ES_MUST_CHECK;
