/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden_dump: what the capture role tells about a file, one JSON object a line, in the order it is told.
 *
 *	golden_dump FILE [source=NAME[,NAME]]
 *
 * Exit: 0 read to its end (or to where the file is cut), 1 could not be read, 2 wrong arguments.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "sensor/base/hash.h"
#include "sensor/base/str.h"
#include "sensor/model/service.h"

struct dump {
	const char *sources; /* "arp,ndp"; NULL = all */
};

static bool
is_wanted(const struct dump *d, const struct observation *obs)
{
	const char *source = obs_source_text(obs->source);
	const char *at = d->sources;
	size_t n = strlen(source);

	if (at == NULL || obs->kind == OBS_SERVICE)
		return true;
	while ((at = strstr(at, source)) != NULL) {
		bool begins = at == d->sources || at[-1] == ',';

		if (begins && (at[n] == '\0' || at[n] == ','))
			return true;
		at += n;
	}
	return false;
}

static void
put_text(json_t *line, const char *key, struct text t)
{
	struct buf vis;

	if (t.len == 0)
		return;
	buf_init(&vis, 65536);
	str_vis(&vis, t.p, t.len);
	json_object_set_new(line, key, json_string(buf_cstr(&vis)));
	buf_fini(&vis);
}

static void
put_service(json_t *line, const struct observation *obs)
{
	static const char *const states[] = { "", "synack", "midstream",
		"reply", "announced", "closed", "data-channel" };

	if (obs->proto == 0)
		return;
	json_object_set_new(line, "proto", json_string(proto_text(obs->proto)));
	json_object_set_new(line, "port", json_integer(obs->port));
	if (obs->kind == OBS_SERVICE && obs->aux < ES_ARRAY_LEN(states))
		json_object_set_new(
		    line, "state", json_string(states[obs->aux]));
	else if (obs->kind == OBS_BANNER)
		json_object_set_new(line, "side",
		    json_string(obs->aux == 0 ? "server" : "client"));
}

static bool
print_observation(void *arg, const struct observation *obs)
{
	char addr[ADDR_TEXT], mac[MAC_TEXT];
	json_t *line;

	if (!is_wanted(arg, obs))
		return true;
	line = json_object();
	json_object_set_new(
	    line, "frame", json_integer((json_int_t)obs->frame));
	json_object_set_new(
	    line, "kind", json_string(obs_kind_text(obs->kind)));
	json_object_set_new(
	    line, "source", json_string(obs_source_text(obs->source)));
	if (addr_is_set(&obs->addr))
		json_object_set_new(
		    line, "addr", json_string(addr_fmt(&obs->addr, addr)));
	if (obs->has_mac)
		json_object_set_new(
		    line, "mac", json_string(mac_fmt(&obs->mac, mac)));
	put_service(line, obs);
	if (obs->segment != 0) {
		char segment[20];

		(void)snprintf(
		    segment, sizeof(segment), "%" PRIx64, obs->segment);
		json_object_set_new(line, "segment", json_string(segment));
	}
	if (obs->kind == OBS_FRAME_MAC)
		json_object_set_new(line, "ttl", json_integer(obs->aux));
	json_object_set_new(line, "strength", json_integer(obs->strength));
	put_text(line, "text", obs->text);
	put_text(line, "text2", obs->text2);
	put_text(line, "data", obs->data);
	if (obs->partial)
		json_object_set_new(line, "partial", json_true());
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
	return true;
}

int
main(int argc, char **argv)
{
	struct dump dump = { 0 };
	const struct capture_sink sink = { .arg = &dump,
		.observe = print_observation };
	struct capture_options options = { 0 };
	struct capture *cap;
	struct errbuf eb;
	int rc;

	if (argc < 2 || argc > 3 ||
	    (argc == 3 && strncmp(argv[2], "source=", 7) != 0)) {
		fputs("usage: golden_dump FILE [source=NAME[,NAME]]\n", stderr);
		return 2;
	}
	hash_seed_fixed();
	dump.sources = argc == 3 ? argv[2] + 7 : NULL;
	options.file = argv[1];
	rc = capture_open(&options, &sink, &cap, &eb);
	if (rc != 0) {
		fprintf(stderr, "golden_dump: %s\n", eb.text);
		return 1;
	}
	do
		rc = capture_poll(cap, 0, &eb);
	while (rc >= 0);
	capture_finish(cap);
	capture_free(cap);
	if (rc == ES_E(EOF) || rc == ES_E(TRUNC))
		return 0;
	fprintf(stderr, "golden_dump: %s\n", eb.text);
	return 1;
}
