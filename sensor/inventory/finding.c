/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What scripts report: stored, and told when it is new or says something else than last time.
 *
 * A script's text may be any octets. In JSON they are repaired, and when they had to be, the raw ones go along in
 * base64; both are cut so that an event stays below 64 KiB, which is marked.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/inventory/fact.h"
#include "sensor/inventory/spoken.h"
#include "sensor/inventory/tell.h"

/* Of an event's 64 KiB. JSON may need six octets for one. */
#define OUTPUT_MAX (20 * 1024)
#define OUTPUT_JSON_MAX (32 * 1024)
#define RAW_MAX (6 * 1024)
#define DATA_MAX (16 * 1024)

/* ---- the port table after the script ---- */

static void
set_text(struct inventory *inv, const char **slot, const char *text,
    const char *field, const char **changed, char old[static 128])
{
	const char *before = *slot;
	char was[128];

	str_copy(was, sizeof(was), before);
	if (fact_set(inv, slot, text, strlen(text)) && *changed == NULL &&
	    field != NULL) {
		*changed = field;
		memcpy(old, was, sizeof(was));
	}
}

static void
take_service(struct inventory *inv, uint32_t station, const struct service *svc)
{
	struct service_fact *sv = fact_service(inv, station_at(inv, station),
	    svc->proto, svc->port, svc->state == PORT_OPEN);
	const char *changed = NULL;
	char old[128] = "";

	if (sv == NULL)
		return;
	if (svc->state == PORT_OPEN) {
		sv->closed = false;
		if (!service_is_open(sv))
			sv->state = svc->proto == IPPROTO_UDP ? SVC_OPEN_REPLY
							      : SVC_OPEN_SYNACK;
	} else if (svc->state == PORT_CLOSED) {
		sv->closed = true;
	}
	/* Neither the number's guess, nor what was heard handed back in the words of the services table. */
	if (svc->confidence > 3 &&
	    strcmp(spoken_as(sv->name, sv->port).name, svc->name) != 0)
		set_text(
		    inv, &sv->name, svc->name, "service.type", &changed, old);
	set_text(
	    inv, &sv->product, svc->product, "service.name", &changed, old);
	set_text(
	    inv, &sv->version, svc->version, "service.version", &changed, old);
	set_text(inv, &sv->extrainfo, svc->extrainfo, NULL, &changed, old);
	set_text(inv, &sv->ostype, svc->ostype, NULL, &changed, old);
	set_text(inv, &sv->cpe, svc->cpe[0], NULL, &changed, old);
	set_text(inv, &sv->tunnel, svc->tunnel, NULL, &changed, old);
	if (svc->confidence > sv->confidence)
		sv->confidence = svc->confidence;
	sv->source = SRC_SCRIPT;
	sv->dirty = true;
	sv->last = inv->now;
	/* The engine has just asked it: no reason to ask again. */
	sv->offered = true;
	transition_service(inv, station, sv, changed, old);
}

/* ---- the event ---- */

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (list[0] != '\0') {
		size_t len = strcspn(list, ",");

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/* A script of category vuln that says so: NSE's vulns library writes "State: VULNERABLE" and its likes. */
static bool
is_weakness(const struct finding *f)
{
	const char *at;

	if (f->output == NULL || !has_word(f->categories, "vuln"))
		return false;
	at = strstr(f->output, "VULNERABLE");
	return at != NULL &&
	       (at - f->output < 4 || memcmp(at - 4, "NOT ", 4) != 0);
}

static void
json_rule(struct json *j, const struct finding *f)
{
	char text[80];

	json_open(j, "rule", '{');
	snprintf(text, sizeof(text), "nse:%s", f->script);
	json_text(j, "id", text);
	json_text(j, "name", f->script);
	json_text(j, "category", f->categories);
	json_text(j, "ruleset", "nse");
	if (f->sha256[0] != '\0') {
		snprintf(text, sizeof(text), "sha256:%s", f->sha256);
		json_text(j, "version", text);
	}
	json_close(j, '}');
}

/* Returns true when something had to be left out. */
static bool
json_output(struct json *j, const char *output)
{
	size_t len = strlen(output), shown = len, start = j->out->len;
	bool cut = len > OUTPUT_MAX, comma = j->comma;

	if (cut)
		shown = OUTPUT_MAX;
	j->repaired = false;
	json_str(j, "output", output, shown);
	while (j->out->len - start > OUTPUT_JSON_MAX) {
		cut = true;
		shown /= 2;
		j->out->len = start;
		j->comma = comma;
		json_str(j, "output", output, shown);
	}
	if (j->repaired) {
		if (len > RAW_MAX)
			cut = true;
		json_base64(
		    j, "raw_b64", output, len < RAW_MAX ? len : RAW_MAX);
	}
	return cut;
}

static void
json_finding(struct json *j, const struct finding *f, const struct target *t)
{
	bool cut = false;

	json_open(j, "finding", '{');
	json_text(j, "status", finding_status_text(f->status));
	json_text(j, "rule", finding_rule_text(f->rule));
	if (f->heard)
		json_bool(j, "heard", true);
	if (f->output != NULL && f->output[0] != '\0')
		cut |= json_output(j, f->output);
	if (f->data != NULL && strlen(f->data) <= DATA_MAX)
		json_raw(j, "data", f->data);
	else if (f->data != NULL)
		cut = true;
	json_close(j, '}');
	if (t != NULL) {
		json_open(j, "probe", '{');
		json_uint(j, "target", t->id);
		json_text(j, "reason", t->reason);
		json_text(j, "scope_rule", t->rule);
		json_close(j, '}');
	}
	if (cut)
		json_bool(j, "truncated", true);
}

static void
json_place(struct inventory *inv, const struct ecs_event *e, struct json *j,
    const struct finding *f)
{
	const struct station *st =
	    e->station == NONE ? NULL : station_at(inv, e->station);

	if (st == NULL)
		return;
	ecs_endpoint(inv, j, "server", st, f->port);
	ecs_endpoint(inv, j, "destination", st, f->port);
	if (f->port == 0)
		return;
	json_open(j, "network", '{');
	json_text(j, "transport", proto_text(f->proto));
	json_text(j, "protocol", e->service == NULL ? NULL : e->service->name);
	json_close(j, '}');
}

/* The message of an event is one line: the script and the first line of what it says. */
static void
first_line(const struct finding *f, char *out, size_t size)
{
	const char *text = f->output == NULL ? "" : f->output;
	char shown[160];
	size_t n;

	while (text[0] == '\n' || text[0] == ' ')
		text++;
	n = strcspn(text, "\r\n");
	str_vis_to(shown, sizeof(shown), text, n);
	snprintf(out, size, "%s: %s", f->script,
	    f->status == FINDING_OK ? shown : finding_status_text(f->status));
}

static void
tell_finding(struct inventory *inv, const struct finding *f,
    const struct target *t, uint32_t station, const char *digest)
{
	bool weakness = is_weakness(f);
	char message[300], subject[96];
	struct pending_event out;
	struct json j;

	first_line(f, message, sizeof(message));
	snprintf(subject, sizeof(subject), "%s %s/%u", f->script,
	    proto_text(f->proto), f->port);
	struct ecs_event e = { .code = weakness ? EV_FINDING_VULNERABILITY
						: EV_FINDING_INFO,
		.ts = f->ended,
		.start = f->started,
		.end = f->ended,
		.provider = "script",
		.outcome = f->status == FINDING_OK ? "success" : "failure",
		.severity = weakness ? 73 : 3,
		.asset =
		    station == NONE ? NONE : station_at(inv, station)->asset,
		.station = station,
		.subject = subject,
		.state = digest };

	if (station != NONE && f->port != 0)
		e.service = fact_service(
		    inv, station_at(inv, station), f->proto, f->port, false);
	ecs_begin(inv, &e, message, &j, &out);
	ecs_host(inv, &e, &j);
	json_place(inv, &e, &j, f);
	if (weakness)
		json_raw(&j, "vulnerability",
		    "{\"scanner\":{\"vendor\":\"earshot\"}}");
	json_rule(&j, f);
	ecs_related(inv, &e, &j);
	ecs_earshot(inv, &e, &j);
	json_finding(&j, f, t);
	ecs_end(inv, &j, &out);
}

/* ---- the row ---- */

static void
digest_finding(const struct finding *f, char out[static DIGEST_TEXT])
{
	struct buf list;

	buf_init(&list, 2 * FINDING_OUTPUT_MAX + 4096);
	digest_field_u64(&list, f->status);
	digest_field_text(&list, f->output == NULL ? "" : f->output);
	digest_field_text(&list, f->data == NULL ? "" : f->data);
	digest_128(&list, out);
	buf_fini(&list);
}

/* Copy a text behind the others of a pending row. */
static const char *
keep_text(char **at, const char *text)
{
	char *start = *at;
	size_t n = text == NULL ? 0 : strlen(text);

	if (n > 0)
		memcpy(start, text, n);
	start[n] = '\0';
	*at += n + 1;
	return start;
}

static size_t
text_size(const char *text)
{
	return text == NULL ? 1 : strlen(text) + 1;
}

static bool
queue_row(struct inventory *inv, const struct finding_row *row)
{
	struct pending_finding *grown, *p;
	char *at;

	if (inv->nfindings == inv->cap_findings) {
		size_t cap =
		    inv->cap_findings == 0 ? 16 : inv->cap_findings * 2;

		grown = realloc(inv->findings, cap * sizeof(*grown));
		if (grown == NULL)
			return false;
		inv->findings = grown;
		inv->cap_findings = cap;
	}
	p = &inv->findings[inv->nfindings];
	*p = (struct pending_finding){ .row = *row };
	at = p->texts = malloc(text_size(row->asset) + text_size(row->addr) +
			       text_size(row->script) + text_size(row->status) +
			       text_size(row->digest) + text_size(row->sha256) +
			       text_size(row->categories) +
			       text_size(row->output) + text_size(row->data));
	if (at == NULL)
		return false;
	p->row.asset = keep_text(&at, row->asset);
	p->row.addr = keep_text(&at, row->addr);
	p->row.script = keep_text(&at, row->script);
	p->row.status = keep_text(&at, row->status);
	p->row.digest = keep_text(&at, row->digest);
	p->row.sha256 = keep_text(&at, row->sha256);
	p->row.categories = keep_text(&at, row->categories);
	p->row.output = keep_text(&at, row->output);
	p->row.data = keep_text(&at, row->data);
	inv->nfindings++;
	return true;
}

/* Is it word for word what the last run said? */
static bool
is_repeated(struct inventory *inv, const struct finding_row *row)
{
	char digest[DIGEST_TEXT];
	size_t i;

	for (i = inv->nfindings; i > 0; i--) {
		const struct finding_row *p = &inv->findings[i - 1].row;

		if (p->port == row->port && p->proto == row->proto &&
		    strcmp(p->script, row->script) == 0 &&
		    strcmp(p->addr, row->addr) == 0 &&
		    strcmp(p->asset, row->asset) == 0)
			return strcmp(p->digest, row->digest) == 0;
	}
	return store_finding_digest(
		   inv->opt.store, row, digest, sizeof(digest)) == 0 &&
	       strcmp(digest, row->digest) == 0;
}

static uint32_t
station_of(
    struct inventory *inv, const struct finding *f, const struct target *t)
{
	uint64_t segment = t == NULL ? 0 : t->segment;
	uint32_t handle;
	struct station *st;

	if (!addr_is_unicast(&f->addr))
		return NONE;
	/* Who was not asked has not answered: nothing new is known of it. */
	if (f->heard)
		return station_find(inv, segment, &f->addr);
	handle = station_get(inv, segment, &f->addr, STRENGTH_PROBED);
	if (handle == NONE)
		return NONE;
	st = station_at(inv, handle);
	st->last = inv->now;
	st->sources |= UINT64_C(1) << SRC_SCRIPT;
	asset_touch(inv, st->asset);
	if (f->status == FINDING_OK && st->strength < STRENGTH_PROBED) {
		st->strength = STRENGTH_PROBED;
		st->flags |= STATION_DIRTY | STATION_HEARD | STATION_ASKED;
		asset_confirm(inv, st->asset);
	}
	(void)!transition_host(inv, st->asset, handle);
	return handle;
}

int
inventory_finding(
    struct inventory *inv, const struct finding *f, const struct target *t)
{
	char digest[DIGEST_TEXT], addr[ADDR_TEXT] = "";
	uint32_t station;

	inv->stats.findings++;
	if (!inv->opt.replay && f->ended.ns > inv->now.ns)
		inv->now = f->ended;
	station = station_of(inv, f, t);
	if (station != NONE && f->svc != NULL)
		take_service(inv, station, f->svc);
	if (inv->opt.store == NULL || f->rule == RULE_VERSION)
		return commit_maybe(inv);
	transition_render(inv);
	digest_finding(f, digest);
	struct finding_row row = {
		.asset = station == NONE ? ""
					 : commit_asset_id(inv,
					       station_at(inv, station)->asset),
		.addr = addr_is_set(&f->addr) ? addr_fmt(&f->addr, addr) : "",
		.proto = f->proto,
		.port = f->port,
		.script = f->script,
		.status = finding_status_text(f->status),
		.digest = digest,
		.sha256 = f->sha256,
		.categories = f->categories,
		.output = f->output,
		.data = f->data,
		.started = f->started.ns,
		.ended = f->ended.ns
	};

	if (is_repeated(inv, &row))
		inv->stats.findings_repeated++;
	else
		tell_finding(inv, f, t, station, digest);
	if (!queue_row(inv, &row))
		return ES_E(NOMEM);
	return commit_maybe(inv);
}
