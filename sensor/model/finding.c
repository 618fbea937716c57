/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codec and words of findings; see finding.h.
 */
#include "sensor/model/finding.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"
#include "sensor/model/wire.h"

/* Structured output shares the message with the text, so both at their limit
 * still fit MSG_MAX. */
#define DATA_MAX (192 * 1024)

const char *
finding_status_text(enum finding_status s)
{
	switch (s) {
	case FINDING_OK:
		return "ok";
	case FINDING_ERROR:
		return "error";
	case FINDING_TIMEOUT:
		return "timeout";
	case FINDING_ABORTED:
		return "aborted";
	}
	return "unknown";
}

const char *
finding_rule_text(enum finding_rule r)
{
	switch (r) {
	case RULE_PRE:
		return "prerule";
	case RULE_HOST:
		return "hostrule";
	case RULE_PORT:
		return "portrule";
	case RULE_POST:
		return "postrule";
	case RULE_VERSION:
		return "version";
	}
	return "unknown";
}

void
finding_fini(struct finding *f)
{
	free(f->output);
	free(f->data);
	free(f->svc);
	memset(f, 0, sizeof(*f));
}

void
finding_pack(struct buf *out, const struct finding *f)
{
	bool whole = f->data != NULL && strlen(f->data) <= DATA_MAX;

	buf_be64(out, f->target_id);
	wire_put_wall(out, f->started);
	wire_put_wall(out, f->ended);
	wire_put_addr(out, &f->addr);
	buf_be16(out, f->port);
	buf_u8(out, f->proto);
	buf_u8(out, f->rule);
	buf_u8(out, f->status);
	buf_u8(out, f->heard);
	wire_put_str(out, f->script);
	wire_put_str(out, f->sha256);
	wire_put_str(out, f->categories);
	wire_put_long(out, f->output, FINDING_OUTPUT_MAX);
	/* JSON that was cut is worth nothing; the text is still there. */
	wire_put_long(out, whole ? f->data : NULL, DATA_MAX);
	buf_u8(out, f->svc != NULL);
	if (f->svc != NULL)
		wire_put_service(out, f->svc);
}

static int
take_service(struct cursor *in, struct finding *f)
{
	if (!wire_bool(in) || cur_bad(in))
		return 0;
	f->svc = malloc(sizeof(*f->svc));
	if (f->svc == NULL)
		return ES_E(NOMEM);
	wire_service(in, f->svc);
	return 0;
}

int
finding_unpack(struct cursor *in, struct finding *f)
{
	int rc;

	memset(f, 0, sizeof(*f));
	f->target_id = cur_be64(in);
	f->started = wire_wall(in);
	f->ended = wire_wall(in);
	f->addr = wire_addr(in);
	f->port = cur_be16(in);
	f->proto = cur_u8(in);
	f->rule = wire_enum(in, RULE_VERSION);
	f->status = wire_enum(in, FINDING_ABORTED);
	f->heard = wire_bool(in);
	wire_str(in, f->script, sizeof(f->script));
	wire_str(in, f->sha256, sizeof(f->sha256));
	wire_str(in, f->categories, sizeof(f->categories));
	rc = wire_long(in, FINDING_OUTPUT_MAX, &f->output);
	if (rc == 0)
		rc = wire_long(in, DATA_MAX, &f->data);
	if (rc == 0)
		rc = take_service(in, f);
	if (rc == 0 && (cur_bad(in) || cur_left(in) != 0))
		rc = ES_E(FORMAT);
	if (rc < 0)
		finding_fini(f);
	return rc;
}
