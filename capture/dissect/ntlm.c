/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTLMSSP names; see ntlm.h. Spec: MS-NLMP §2.2.1.2 (CHALLENGE_MESSAGE), §2.2.1.3 (AUTHENTICATE_MESSAGE), §2.2.2.1
 * (AV_PAIR). Names are UTF-16 little endian; only those that are plain ASCII are told, which host names are.
 */
#include "capture/dissect/ntlm.h"

#include <string.h>

#include "capture/dissect/scratch.h"

#define SIGNATURE "NTLMSSP"
#define NAME_MAX_OCTETS 510

enum ntlm_type {
	NTLM_CHALLENGE = 2,
	NTLM_AUTHENTICATE = 3
};

enum ntlm_av {
	AV_END = 0,
	AV_NB_COMPUTER = 1,
	AV_DNS_COMPUTER = 3
};

/* len, allocated, offset: the field it points at, inside @p msg. */
static struct cursor
field(struct cursor *cur, struct cursor msg)
{
	uint16_t len = cur_le16(cur);
	uint32_t off;

	cur_skip(cur, 2);
	off = cur_le32(cur);
	cur_skip(&msg, off);
	return cur_sub(&msg, len);
}

static void
tell(struct dissect_ctx *ctx, struct cursor utf16)
{
	uint8_t name[NAME_MAX_OCTETS / 2];
	size_t n = 0;

	if (cur_left(&utf16) > NAME_MAX_OCTETS)
		return;
	while (cur_left(&utf16) >= 2) {
		uint16_t c = cur_le16(&utf16);

		if (c <= ' ' || c > '~')
			return;
		name[n++] = (uint8_t)c;
	}
	observe_name(ctx, &ctx->ends[ctx->side].addr, NULL,
	    scratch_text(ctx, name, n), "ntlm", STRENGTH_CLAIMED);
}

static void
challenge(struct dissect_ctx *ctx, struct cursor cur, struct cursor msg)
{
	struct cursor pairs;

	cur_skip(&cur, 8 + 4 + 8 + 8); /* target name, flags, challenge */
	pairs = field(&cur, msg);
	while (cur_left(&pairs) >= 4) {
		uint16_t id = cur_le16(&pairs);
		struct cursor value = cur_sub(&pairs, cur_le16(&pairs));

		if (id == AV_END || cur_bad(&pairs))
			return;
		if (id == AV_NB_COMPUTER || id == AV_DNS_COMPUTER)
			tell(ctx, value);
	}
}

void
ntlm_names(struct dissect_ctx *ctx, struct cursor cur)
{
	size_t left = cur_left(&cur);
	const uint8_t *at =
	    left == 0 ? NULL : memmem(cur.at, left, SIGNATURE, 8);
	struct cursor msg, host;
	uint32_t type;

	if (at == NULL)
		return;
	cur_skip(&cur, (size_t)(at - cur.at));
	msg = cur;
	cur_skip(&cur, 8);
	type = cur_le32(&cur);
	if (type == NTLM_CHALLENGE) {
		challenge(ctx, cur, msg);
	} else if (type == NTLM_AUTHENTICATE) {
		cur_skip(&cur, 4 * 8); /* responses, domain, user */
		host = field(&cur, msg);
		tell(ctx, host);
	}
}
