/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMB 1, 2 and 3 over TCP (445) and NetBIOS sessions (139): the server by the response bit, the operating system that
 * an SMB 1 server names, computer names inside NTLM.
 *
 * Messages come behind a four octet NetBIOS session header. A message that is longer than what is held is skipped over
 * by its length, so only its head is looked at.
 *
 * Spec: MS-CIFS §2.2.3.1, §2.2.4.53.2; MS-SMB2 §2.2.1; RFC 1002 §4.3.1.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/ntlm.h"
#include "capture/dissect/scratch.h"

#define SESSION_MESSAGE 0x00
#define SESSION_REQUEST 0x81
#define SMB1_SESSION_SETUP 0x73
#define SMB1_REPLY 0x80
#define SMB1_UNICODE 0x8000
#define SMB1_EXTENDED 0x0800
#define SMB2_REPLY 0x01
#define NATIVE_MAX 128
#define HEAD_MAX 4096

struct smb_state {
	uint32_t skip[2]; /* octets left of a message whose head was read */
};

static bool
is_smb(const struct cursor *msg)
{
	return CUR_STARTS(msg, "\xffSMB") || CUR_STARTS(msg, "\xfeSMB") ||
	       CUR_STARTS(msg, "\xfdSMB");
}

/* A text of one or two octets a character, up to its NUL; only ASCII is kept. */
static size_t
native_text(struct cursor *cur, bool wide, char *out, size_t size)
{
	size_t n = 0;

	while (cur_left(cur) >= (wide ? 2 : 1)) {
		uint16_t c = wide ? cur_le16(cur) : cur_u8(cur);

		if (c == 0)
			break;
		if (n < size)
			out[n++] = c >= ' ' && c <= '~' ? (char)c : '?';
	}
	return n;
}

/* MS-CIFS §2.2.4.53.2, and MS-SMB §2.2.4.6.2 with a security blob: NativeOS, NativeLanMan. */
static void
native_names(struct dissect_ctx *ctx, struct cursor msg)
{
	const uint8_t *base = msg.at;
	char text[2 * NATIVE_MAX + 1];
	uint16_t flags2, blob = 0;
	uint8_t words;
	bool wide;
	size_t n;

	cur_skip(&msg, 10);
	flags2 = cur_le16(&msg);
	cur_skip(&msg, 20);
	words = cur_u8(&msg);
	wide = (flags2 & SMB1_UNICODE) != 0;
	if (words == 4 && (flags2 & SMB1_EXTENDED) != 0) {
		cur_skip(&msg, 6);
		blob = cur_le16(&msg);
	} else if (words == 3) {
		cur_skip(&msg, 6);
	} else {
		return;
	}
	cur_skip(&msg, 2); /* byte count */
	cur_skip(&msg, blob);
	if (cur_bad(&msg))
		return;
	if (wide && (msg.at - base) % 2 != 0)
		cur_skip(&msg, 1); /* texts are aligned to the header */
	n = native_text(&msg, wide, text, NATIVE_MAX);
	if (n == 0)
		return;
	text[n++] = ' ';
	n += native_text(&msg, wide, text + n, NATIVE_MAX);
	observe_banner(ctx, ctx->server, scratch_text(ctx, text, n), "smb");
}

static void
message(struct dissect_ctx *ctx, struct cursor msg)
{
	struct cursor head = msg;
	uint8_t mark = cur_u8(&head), command, flags;
	bool reply;

	cur_skip(&head, 3);
	if (mark == 0xff) {
		command = cur_u8(&head);
		cur_skip(&head, 4); /* status */
		flags = cur_u8(&head);
		reply = (flags & SMB1_REPLY) != 0;
	} else if (mark == 0xfe) {
		cur_skip(&head, 8); /* size, credit charge, status */
		command = cur_u8(&head) == 1 ? SMB1_SESSION_SETUP : 0;
		cur_skip(&head, 3); /* command, credits */
		flags = cur_u8(&head);
		reply = (flags & SMB2_REPLY) != 0;
	} else {
		return; /* encrypted: the role is known by now */
	}
	if (cur_bad(&head))
		return;
	dissect_server_is(ctx, reply ? ctx->side : ctx->side ^ 1U);
	if (command != SMB1_SESSION_SETUP)
		return;
	ntlm_names(ctx, msg);
	if (reply && mark == 0xff)
		native_names(ctx, msg);
}

static enum claim
smb_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t type = cur_u8(&cur);
	uint8_t flags = cur_u8(&cur);
	uint16_t len = cur_be16(&cur);

	if (cur_left(&cur) < 4)
		return type == SESSION_MESSAGE || ctx->port_hint ? CLAIM_MORE
								 : CLAIM_NO;
	if (type == SESSION_MESSAGE && is_smb(&cur))
		return CLAIM_YES;
	return ctx->port_hint && type == SESSION_REQUEST && flags == 0 &&
		       len == 68
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
smb_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct smb_state *st = ctx->state;
	uint32_t *skip = &st->skip[ctx->side];

	if (ctx->gap)
		*skip = 0;
	while (cur_left(&cur) > 0) {
		const struct cursor start = cur;
		uint8_t type;
		uint32_t len;
		struct cursor msg;

		if (*skip > 0) {
			msg = cur_sub_upto(&cur, *skip);
			*skip -= (uint32_t)cur_left(&msg);
			continue;
		}
		type = cur_u8(&cur);
		len = cur_be24(&cur) & 0x1ffff;
		if (cur_bad(&cur) ||
		    (cur_left(&cur) < len && cur_left(&cur) < HEAD_MAX)) {
			dissect_keep(ctx, &start);
			return VERDICT_OK;
		}
		msg = cur_sub_upto(&cur, len);
		*skip = len - (uint32_t)cur_left(&msg);
		if (type == SESSION_MESSAGE && is_smb(&msg))
			message(ctx, msg);
		else if (type == SESSION_REQUEST)
			dissect_server_is(ctx, ctx->side ^ 1U);
		else if (type == SESSION_MESSAGE && len > 0)
			return VERDICT_OK; /* out of step */
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 445 },
	{ KEY_TCP_PORT, 139 } };

const struct dissector dissect_smb = {
	.name = "smb",
	.spec = "MS-CIFS, MS-SMB2",
	.source = SRC_SMB,
	.flow_state_size = sizeof(struct smb_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\0\x81",
	.nfirst = 2,
	.probe = smb_probe,
	.dissect = smb_dissect,
};
