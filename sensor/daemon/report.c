/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of a running sensor; see report.h. Every counter of every room is in it by its table.
 */
#include "sensor/daemon/report.h"

#include <unistd.h>

#include "sensor/model/json.h"

static void
put_roles(struct json *j, const struct beats *beats)
{
	enum role role;

	json_open(j, "roles", '{');
	for (role = ROLE_CAPTURE; role < ROLE_MAX; role++) {
		const struct beat *b = &beats->role[role];

		json_open(j, role_text(role), '{');
		json_uint(j, "pid", atomic_load(&b->pid));
		json_uint(j, "starts", atomic_load(&b->generation));
		json_uint(j, "died", atomic_load(&b->died));
		json_uint(j, "killed", atomic_load(&b->killed));
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void
put_capture(struct json *j, const struct capture_stats *stats)
{
	json_open(j, "capture", '{');
#define COUNTER(name, unit, help) json_uint(j, #name, stats->name);
#include "capture/counters.def"
#undef COUNTER
	json_close(j, '}');
}

int
report_engine_unpack(struct cursor *in, struct engine_stats *out)
{
	enum {
#define COUNTER(name, unit, help) AT_##name,
#include "engine/counters.def"
#undef COUNTER
		VALUES
	};
	uint64_t values[VALUES];
	int rc = counters_unpack(in, values, VALUES);

	if (rc < 0)
		return rc;
	*out = (struct engine_stats){
#define COUNTER(name, unit, help) .name = values[AT_##name],
#include "engine/counters.def"
#undef COUNTER
	};
	return 0;
}

static void
put_engine(struct json *j, const struct engine_stats *stats)
{
	json_open(j, "engine", '{');
#define COUNTER(name, unit, help) json_uint(j, #name, stats->name);
#include "engine/counters.def"
#undef COUNTER
	json_close(j, '}');
}

static void
put_inventory(struct json *j, struct pipeline *p)
{
	struct inventory_stats stats;

	inventory_stats_get(pipeline_inventory(p), &stats);
	json_open(j, "inventory", '{');
#define COUNTER(name, unit, help) json_uint(j, #name, stats.name);
#include "sensor/inventory/counters.def"
#undef COUNTER
	json_close(j, '}');
}

static void
put_policy(struct json *j, struct pipeline *p)
{
	struct policy_stats stats;

	policy_stats_get(pipeline_policy(p), &stats);
	json_open(j, "policy", '{');
#define COUNTER(name, unit, help) json_uint(j, #name, stats.name);
#include "sensor/policy/counters.def"
#undef COUNTER
	json_close(j, '}');
}

static void
put_pipeline(struct json *j, const struct pipeline *p)
{
	struct pipeline_stats stats = pipeline_stats_get(p);

	json_open(j, "pipeline", '{');
	json_uint(j, "observations", stats.observations);
	json_uint(j, "events", stats.events);
	json_uint(j, "targets", stats.targets);
	json_uint(j, "findings", stats.findings);
	json_uint(j, "audits", stats.audits);
	json_uint(j, "refused", stats.refused);
	json_uint(j, "in_flight", stats.in_flight);
	json_close(j, '}');
}

static void
put_outbox(struct json *j, struct store *store)
{
	struct outbox_stats stats;

	if (store_outbox_stats(store, &stats) < 0)
		return;
	json_open(j, "outbox", '{');
	json_uint(j, "first_sequence", stats.first_sequence);
	json_uint(j, "last_sequence", stats.last_sequence);
	json_uint(j, "records", stats.records);
	json_uint(j, "octets", stats.octets);
	json_uint(j, "dropped", stats.dropped);
	json_close(j, '}');
}

static void
put_publishers(struct json *j, struct pump *pump)
{
	struct publisher_status status;
	size_t i;

	json_open(j, "publishers", '[');
	for (i = 0; pump != NULL && i < pump_count(pump); i++) {
		pump_status(pump, i, &status);
		json_open(j, NULL, '{');
		json_text(j, "name", status.name);
		json_text(j, "type", status.type);
		json_text(j, "where", status.where);
		json_bool(j, "up", status.up);
		json_text(j, "why", status.why);
		json_time(j, "since", status.since);
		json_uint(j, "cursor", status.cursor);
		json_uint(j, "lag", status.lag);
		json_uint(j, "acked", status.acked);
		json_uint(j, "downs", status.downs);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
report_json(const struct report *r, struct buf *out)
{
	struct json j = json_new(out);

	json_open(&j, NULL, '{');
	json_bool(&j, "running", true);
	json_text(&j, "version", ES_VERSION);
	json_text(&j, "sensor", r->run->sensor_name);
	json_bool(&j, "probing", r->run->config.probing);
	json_bool(&j, "halted", policy_halted(pipeline_policy(r->pipeline)));
	put_roles(&j, r->beats);
	put_capture(&j, &r->capture->stats);
	put_inventory(&j, r->pipeline);
	put_policy(&j, r->pipeline);
	put_engine(&j, r->engine);
	put_pipeline(&j, r->pipeline);
	put_outbox(&j, pipeline_store(r->pipeline));
	put_publishers(&j, r->pump);
	json_close(&j, '}');
}
