/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nse_run: run scripts against ports of one address, without scanning: for tests and for writing scripts.
 *
 *	nse_run [-D datadir]... [-s script]... [-a args] [-d] [-v] [-t] [-T seconds] [-C seconds]
 *	    [-M MiB] [-x] [-R] [-e interface] ADDRESS [PORT[/udp]]...
 *
 * Prints results as Nmap does ("| id: text"), -x adds structure as XML and JSON. Everything but ADDRESS and loopback
 * is refused; -R gives leave for raw packets. Exit 0 when every script ended without an error.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "engine/engine.h"
#include "engine/group.h"
#include "engine/netdb.h"
#include "engine/thread.h"

#define MAX_LIST 64

struct nse_run {
	struct engine *engine;
	struct selection *selection;
	struct nse_host host;
	struct nse_port ports[MAX_LIST];
	const char *datadirs[MAX_LIST];
	const char *scripts[MAX_LIST];
	size_t nscripts;
	bool show_structure;
	bool raw;
	int failures;
	int phase;
};

static void on_done(void *arg, enum target_status status, uint32_t scripts);

static void
print_text(const char *id, const char *text, size_t len)
{
	size_t at = 0;
	bool first = true;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	do {
		const char *end = memchr(text + at, '\n', len - at);
		size_t stop = end == NULL ? len : (size_t)(end - text);

		printf("%s", end == NULL ? "|_" : "| ");
		if (first)
			printf("%s: ", id);
		first = false;
		for (; at < stop; at++) {
			unsigned char c = (unsigned char)text[at];

			if (c == '\t' || (c >= 0x20 && c < 0x7f))
				putchar(c);
			else
				printf("\\x%02X", c);
		}
		putchar('\n');
		at++;
	} while (at <= len);
}

static void
on_result(void *arg, const struct nse_result *r)
{
	struct nse_run *run = arg;

	if (r->status != FINDING_OK) {
		run->failures++;
		fprintf(stderr, "%s: %s\n", r->id,
		    r->error == NULL ? "failed" : r->error);
	}
	if (r->port != NULL && r->text != NULL)
		printf("%u/%s\n", r->port->svc.port,
		    proto_text(r->port->svc.proto));
	if (r->text != NULL)
		print_text(r->id, r->text, r->text_len);
	if (run->show_structure && r->json != NULL)
		printf("xml: %s\njson: %s\n", r->xml, r->json);
}

static int
start_phase(struct nse_run *run)
{
	struct nse_group g = { .phase = (enum nse_phase)run->phase,
		.selection = run->selection,
		.hosts = &run->host,
		.nhosts = run->phase == PHASE_SCAN ? 1 : 0,
		.arg = run,
		.result = on_result,
		.done = on_done };

	return engine_group_submit(run->engine, &g);
}

static void
on_done(void *arg, enum target_status status, uint32_t scripts)
{
	struct nse_run *run = arg;

	(void)scripts;
	if (status != TARGET_OK)
		run->failures++;
	if (++run->phase <= PHASE_POST && start_phase(run) != 0)
		run->failures++;
}

static int
add_cidr(struct cidrset *set, const char *text)
{
	struct cidr c;

	return cidr_parse(text, &c) != 0 ? -1 : cidrset_add(set, &c);
}

static int
set_scope(struct engine *e, const char *address, bool raw)
{
	struct scope scope;
	int ret;

	scope_init(&scope);
	scope.allow_broadcast = true;
	scope.raw = raw;
	ret = add_cidr(&scope.allow, address);
	if (ret == 0)
		ret = add_cidr(&scope.allow, "127.0.0.0/8");
	if (ret == 0)
		ret = add_cidr(&scope.allow, "::1");
	if (ret == 0)
		ret = engine_scope_set(e, &scope);
	scope_fini(&scope);
	return ret;
}

static void
add_port(struct nse_run *run, const char *text)
{
	struct nse_port *p;
	const char *name;

	if (run->host.nports == MAX_LIST)
		return;
	p = &run->ports[run->host.nports++];
	p->svc.port = (uint16_t)atoi(text);
	p->svc.proto = strstr(text, "/udp") != NULL ? IPPROTO_UDP : IPPROTO_TCP;
	p->svc.state = PORT_OPEN;
	p->svc.confidence = 3;
	(void)snprintf(p->reason, sizeof(p->reason), "syn-ack");
	name =
	    netdb_service(engine_netdb(run->engine), p->svc.proto, p->svc.port);
	if (name != NULL)
		(void)snprintf(p->svc.name, sizeof(p->svc.name), "%s", name);
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: nse_run [-D datadir]... [-s script]... [-a args] [-dvtxR] "
	    "[-T seconds] [-C cpu seconds] [-M MiB] [-e if] ADDRESS "
	    "[PORT[/udp]]...\n");
	return 2;
}

static int
parse(struct nse_run *run, struct engine_options *o, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "C:D:M:e:s:a:T:dvtxR")) != -1) {
		switch (opt) {
		case 'D':
			if (o->ndatadirs < MAX_LIST)
				run->datadirs[o->ndatadirs++] = optarg;
			break;
		case 's':
			if (run->nscripts < MAX_LIST)
				run->scripts[run->nscripts++] = optarg;
			break;
		case 'a':
			o->script_args = optarg;
			break;
		case 'T':
			o->script_timeout_s = atof(optarg);
			break;
		case 'C':
			o->script_cpu_s = atof(optarg);
			break;
		case 'M':
			o->lua_max_octets = (size_t)atoi(optarg) << 20;
			break;
		case 'd':
			o->debugging++;
			o->verbosity++;
			break;
		case 'v':
			o->verbosity++;
			break;
		case 't':
			o->script_trace = true;
			break;
		case 'e':
			o->interface = optarg;
			break;
		case 'R':
			run->raw = true;
			break;
		case 'x':
			run->show_structure = true;
			break;
		default:
			return usage();
		}
	}
	return optind < argc ? 0 : usage();
}

static int
prepare(struct nse_run *run, char **argv)
{
	struct errbuf eb;
	char text[ADDR_TEXT];

	if (addr_parse(argv[0], &run->host.addr) != 0) {
		fprintf(stderr, "%s: not an address\n", argv[0]);
		return 2;
	}
	(void)addr_fmt(&run->host.addr, text);
	if (set_scope(run->engine, text, run->raw) != 0)
		return 1;
	run->host.ports = run->ports;
	run->host.direct = -1;
	run->host.srtt_s = run->host.rttvar_s = 0.0001;
	run->host.timeout_s = 0.1;
	(void)snprintf(run->host.reason, sizeof(run->host.reason), "user-set");
	for (char **p = argv + 1; *p != NULL; p++)
		add_port(run, *p);
	if (engine_select(run->engine, run->scripts, run->nscripts, false,
		&run->selection, &eb) != 0)
		return 1;
	return 0;
}

int
main(int argc, char **argv)
{
	static struct nse_run run;
	struct engine_options o = { .timing = 3, .version_intensity = 7 };
	struct engine_callbacks cb = { .arg = &run };
	struct errbuf eb;
	uv_loop_t loop;
	int ret = parse(&run, &o, argc, argv);

	if (ret != 0)
		return ret;
	uv_loop_init(&loop);
	o.loop = &loop;
	if (o.ndatadirs == 0)
		run.datadirs[o.ndatadirs++] = "/usr/share/nmap";
	o.datadirs = run.datadirs;
	o.privileged = geteuid() == 0;
	if (engine_new(&o, &cb, &run.engine, &eb) != 0)
		return 1;
	ret = prepare(&run, argv + optind);
	if (ret == 0 && start_phase(&run) == 0)
		uv_run(&loop, UV_RUN_DEFAULT);
	selection_free(run.selection);
	engine_free(run.engine);
	for (size_t i = 0; i < run.host.nports; i++)
		free(run.ports[i].fp);
	uv_loop_close(&loop);
	return ret != 0 ? ret : run.failures > 0;
}
