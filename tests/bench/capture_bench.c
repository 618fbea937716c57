/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_bench: the capture room alone over a file, with a sink that only counts. Prints one JSON line: packets,
 * observations, CPU seconds, packets a CPU second; with -v every observation as text before it.
 *
 * usage: capture_bench [-v] FILE [FILTER]
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "capture/capture.h"
#include "sensor/base/hash.h"
#include "sensor/base/str.h"
#include "sensor/model/service.h"

struct bench {
	bool verbose;
	uint64_t kinds[OBS_KIND_MAX];
};

static const char *
text_show(struct text t, char *dst, size_t size)
{
	return str_vis_to(dst, size, t.p, t.len);
}

static bool
bench_observe(void *arg, const struct observation *o)
{
	struct bench *b = arg;
	char addr[ADDR_TEXT];
	char mac[MAC_TEXT];
	char text[2048];
	char text2[512];

	b->kinds[o->kind]++;
	if (!b->verbose)
		return true;
	printf("%" PRIu64 " %s %s", o->frame, obs_kind_text(o->kind),
	    addr_fmt(&o->addr, addr));
	if (o->port != 0)
		printf(" %s/%u", proto_text(o->proto), o->port);
	if (o->has_mac)
		printf(" %s", mac_fmt(&o->mac, mac));
	printf(" source=%s strength=%u aux=%u", obs_source_text(o->source),
	    o->strength, o->aux);
	if (o->segment != 0)
		printf(" segment=%" PRIx64, o->segment);
	if (o->text.len > 0)
		printf(" '%s'", text_show(o->text, text, sizeof(text)));
	if (o->text2.len > 0)
		printf(" (%s)", text_show(o->text2, text2, sizeof(text2)));
	if (o->data.len > 0)
		printf(" data=%u", o->data.len);
	printf("\n");
	return true;
}

static double
bench_cpu(void)
{
	struct rusage ru;

	(void)getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static long
bench_peak_kib(void)
{
	struct rusage ru;

	(void)getrusage(RUSAGE_SELF, &ru);
	return ru.ru_maxrss;
}

static void
bench_report(struct capture *c, const struct bench *b, int rc, double cpu)
{
	struct capture_stats st;

	capture_stats_get(c, &st);
	printf("{\"end\":\"%s\"", err_text(rc));
	for (unsigned i = 0; i < OBS_KIND_MAX; i++)
		printf(",\"%s\":%" PRIu64, obs_kind_text((enum obs_kind)i),
		    b->kinds[i]);
#define COUNTER(name, unit, help) printf(",\"" #name "\":%" PRIu64, st.name);
#include "capture/counters.def"
#undef COUNTER
	printf(",\"cpu_s\":%.3f,\"packets_per_cpu_s\":%.0f,\"peak_kib\":%ld}\n",
	    cpu, cpu > 0 ? (double)st.received / cpu : 0, bench_peak_kib());
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct capture_options options = { 0 };
	const struct capture_sink sink = { .arg = &b,
		.observe = bench_observe };
	struct capture *c;
	struct errbuf eb;
	double start;
	int rc;

	if (argc > 1 && strcmp(argv[1], "-v") == 0) {
		b.verbose = true;
		argv++;
		argc--;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: capture_bench [-v] FILE [FILTER]\n");
		return 2;
	}
	hash_seed_fixed();
	options.file = argv[1];
	options.filter = argc > 2 ? argv[2] : NULL;
	start = bench_cpu();
	rc = capture_open(&options, &sink, &c, &eb);
	if (rc < 0) {
		fprintf(stderr, "%s\n", eb.text);
		return 1;
	}
	while ((rc = capture_poll(c, 100, &eb)) >= 0)
		;
	if (rc != ES_E(EOF))
		fprintf(stderr, "%s\n", eb.text);
	capture_finish(c);
	bench_report(c, &b, rc, bench_cpu() - start);
	capture_free(c);
	return rc == ES_E(EOF) ? 0 : 5;
}
