/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as the sensor sees it: targets in, findings and audits out, the kill switch, bounds. Scripts are written
 * by the tests; peers are sockets of this process on loopback.
 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "engine/engine.h"
#include "sensor/base/mono.h"
#include "sensor/base/str.h"

#define SEEN_MAX 64

struct fixture {
	uv_loop_t loop;
	struct engine *engine;
	char dir[64];
	int listener;
	uint16_t port;
	struct finding findings[SEEN_MAX];
	char outputs[SEEN_MAX][512];
	char data[SEEN_MAX][512];
	size_t nfindings;
	struct audit audits[SEEN_MAX];
	size_t naudits;
	struct observation discovered;
	size_t ndiscovered;
	enum target_status status;
	uint32_t scripts_run;
	unsigned ndone;
	bool confirm;
	int last_state;
};

static void
on_finding(void *arg, const struct finding *f)
{
	struct fixture *fx = arg;
	size_t i = fx->nfindings++;

	assert_true(i < SEEN_MAX);
	fx->findings[i] = *f;
	if (f->svc != NULL)
		fx->last_state = f->svc->state;
	str_copy(fx->outputs[i], sizeof(fx->outputs[i]),
	    f->output == NULL ? "" : f->output);
	str_copy(
	    fx->data[i], sizeof(fx->data[i]), f->data == NULL ? "" : f->data);
}

static void
on_audit(void *arg, const struct audit *a)
{
	struct fixture *fx = arg;

	assert_true(fx->naudits < SEEN_MAX);
	fx->audits[fx->naudits++] = *a;
}

static void
on_discovered(void *arg, const struct observation *obs)
{
	struct fixture *fx = arg;

	fx->discovered = *obs;
	fx->ndiscovered++;
}

static void
on_done(void *arg, uint64_t id, enum target_status status, uint32_t scripts)
{
	struct fixture *fx = arg;

	assert_int_equal(id, 77);
	fx->status = status;
	fx->scripts_run = scripts;
	fx->ndone++;
}

static void
on_output(void *arg, const char *text, size_t len)
{
	(void)arg;
	(void)text;
	(void)len;
}

static void
write_script(struct fixture *fx, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s.nse", fx->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("local nmap = require 'nmap'\nlocal stdnse = require 'stdnse'\n"
	      "categories = {'safe', 'discovery'}\n",
	    f);
	fputs(text, f);
	fclose(f);
}

static void
set_scope(struct fixture *fx, bool halted)
{
	struct scope scope;
	struct cidr c;

	scope_init(&scope);
	scope.halted = halted;
	assert_int_equal(cidr_parse("127.0.0.1", &c), 0);
	assert_int_equal(cidrset_add(&scope.allow, &c), 0);
	assert_int_equal(engine_scope_set(fx->engine, &scope), 0);
	scope_fini(&scope);
}

static int
setup(void **state)
{
	static const char *const dirs[] = { "." };
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct engine_options o = {
		.loop = &fx->loop, .datadirs = dirs, .ndatadirs = 1, .timing = 3
	};
	struct engine_callbacks cb = { .arg = fx,
		.finding = on_finding,
		.audit = on_audit,
		.discovered = on_discovered,
		.done = on_done,
		.output = on_output };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	struct errbuf eb;

	str_copy(fx->dir, sizeof(fx->dir), "/tmp/earshot-engine-XXXXXX");
	assert_non_null(mkdtemp(fx->dir));
	uv_loop_init(&fx->loop);
	fx->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(fx->listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fx->listener, 16), 0);
	getsockname(fx->listener, (struct sockaddr *)&sin, &len);
	fx->port = ntohs(sin.sin_port);
	assert_int_equal(engine_new(&o, &cb, &fx->engine, &eb), 0);
	set_scope(fx, false);
	*state = fx;
	return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
teardown(void **state)
{
	struct fixture *fx = *state;

	engine_free(fx->engine);
	if (fx->listener >= 0)
		close(fx->listener);
	assert_int_equal(uv_loop_close(&fx->loop), 0);
	assert_int_equal(
	    nftw(fx->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(fx);
	return 0;
}

static int
submit(struct fixture *fx, const char *script, bool with_host,
    uint32_t deadline_ms)
{
	struct target_port port = { .svc = { .port = fx->port,
					.proto = IPPROTO_TCP,
					.state = PORT_OPEN,
					.name = "lab" },
		.heard = (char[]){ "{\"banner\":\"heard it\",\"n\":[1,2]}" } };
	struct target t = {
		.id = 77, .deadline_ms = deadline_ms, .confirm = fx->confirm
	};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s.nse", fx->dir, script);
	t.scripts = path;
	if (with_host) {
		assert_int_equal(addr_parse("127.0.0.1", &t.addr), 0);
		t.ports = &port;
		t.nports = 1;
	}
	return engine_submit(fx->engine, &t);
}

static void
run_script(struct fixture *fx, const char *text, bool with_host)
{
	write_script(fx, "it", text);
	assert_int_equal(submit(fx, "it", with_host, 0), 0);
	assert_int_equal(fx->ndone, 0);
	uv_run(&fx->loop, UV_RUN_DEFAULT);
	assert_int_equal(fx->ndone, 1);
}

static void
tells_a_finding_with_data_in_order(void **state)
{
	struct fixture *fx = *state;

	run_script(fx,
	    "portrule = function() return true end\n"
	    "action = function(host, port)\n"
	    "  local t = stdnse.output_table()\n"
	    "  t.zulu = host.ip\n  t.alpha = port.heard.banner\n"
	    "  t.list = port.heard.n\n  return t\n"
	    "end\n",
	    true);
	assert_int_equal(fx->nfindings, 1);
	assert_int_equal(fx->findings[0].status, FINDING_OK);
	assert_int_equal(fx->findings[0].rule, RULE_PORT);
	assert_int_equal(fx->findings[0].port, fx->port);
	assert_string_equal(fx->findings[0].script, "it");
	assert_int_equal(strlen(fx->findings[0].sha256), 64);
	assert_string_equal(fx->findings[0].categories, "safe,discovery");
	assert_string_equal(fx->data[0],
	    "{\"zulu\":\"127.0.0.1\",\"alpha\":\"heard it\",\"list\":[1,2]}");
	assert_int_equal(fx->status, TARGET_OK);
	assert_int_equal(fx->scripts_run, 1);
}

/* What was heard answers, and nobody is contacted: that is a probe saved. A script that asks after all saves none. */
static void
counts_probes_that_hearing_saved(void **state)
{
	struct fixture *fx = *state;
	struct engine_stats stats;

	run_script(fx,
	    "portrule = function() return true end\n"
	    "action = function(host, port)\n"
	    "  return port.heard.banner .. ' ' .. port.reason .. ' ' ..\n"
	    "    port.state .. ' ' .. host.reason\n"
	    "end\n",
	    true);
	assert_string_equal(fx->outputs[0], "heard it passive open passive");
	assert_int_equal(fx->naudits, 0);
	engine_stats_get(fx->engine, &stats);
	assert_int_equal(stats.saved, 1);
	fx->ndone = 0;
	write_script(fx, "asks",
	    "portrule = function() return true end\n"
	    "action = function(host, port)\n"
	    "  local w = stdnse.new_thread(function()\n"
	    "    local s = nmap.new_socket()\n"
	    "    s:connect(host, port)\n    s:close()\n  end)\n"
	    "  while coroutine.status(w) ~= 'dead' do stdnse.sleep(0.01) end\n"
	    "  return port.heard.banner\n"
	    "end\n");
	assert_int_equal(submit(fx, "asks", true, 0), 0);
	uv_run(&fx->loop, UV_RUN_DEFAULT);
	assert_string_equal(fx->outputs[1], "heard it");
	assert_int_equal(fx->naudits, 1);
	engine_stats_get(fx->engine, &stats);
	assert_int_equal(stats.saved, 1);
}

static void
audits_what_it_contacts_and_what_it_refuses(void **state)
{
	struct fixture *fx = *state;

	run_script(fx,
	    "portrule = function() return true end\n"
	    "action = function(host, port)\n"
	    "  local s = nmap.new_socket()\n"
	    "  local a = s:connect(host, port)\n  s:send('hello')\n"
	    "  s:close()\n"
	    "  local b = s:connect('192.0.2.7', 80)\n"
	    "  return tostring(a) .. ' ' .. tostring(b)\n"
	    "end\n",
	    true);
	assert_string_equal(fx->outputs[0], "true nil");
	assert_int_equal(fx->naudits, 2);
	assert_int_equal(fx->audits[0].verdict, SCOPE_ALLOWED);
	assert_int_equal(fx->audits[0].dport, fx->port);
	assert_int_equal(fx->audits[0].bytes_out, 5);
	assert_int_equal(fx->audits[0].target_id, 77);
	assert_string_equal(fx->audits[0].script, "it");
	assert_int_equal(fx->audits[1].verdict, SCOPE_OUTSIDE);
	assert_int_equal(fx->audits[1].dport, 80);
}

static void
says_why_a_script_failed(void **state)
{
	struct fixture *fx = *state;

	run_script(fx,
	    "portrule = function() return true end\n"
	    "action = function() error('no luck') end\n",
	    true);
	assert_int_equal(fx->nfindings, 1);
	assert_int_equal(fx->findings[0].status, FINDING_ERROR);
	assert_int_equal(fx->status, TARGET_OK);
}

static void
tells_a_port_that_a_script_changed(void **state)
{
	struct fixture *fx = *state;

	run_script(fx,
	    "portrule = function() return true end\n"
	    "action = function(host, port)\n"
	    "  port.version = { name = 'echo', product = 'Echo\\0d',\n"
	    "    cpe = { 'cpe:/a:x' } }\n"
	    "  nmap.set_port_version(host, port)\n"
	    "  nmap.set_port_state(host, port, 'closed')\n"
	    "end\n",
	    true);
	assert_int_equal(fx->nfindings, 1);
	assert_int_equal(fx->findings[0].rule, RULE_VERSION);
	assert_int_equal(fx->findings[0].port, fx->port);
}

static void
runs_prerules_then_postrules_without_an_address(void **state)
{
	struct fixture *fx = *state;

	run_script(fx,
	    "local rule = function() return true end\n"
	    "prerule, postrule = rule, rule\n"
	    "action = function()\n"
	    "  if SCRIPT_TYPE == 'prerule' then\n"
	    "    nmap.registry.found = nmap.add_targets('10.9.8.7')\n"
	    "    return 'pre'\n"
	    "  end\n"
	    "  return 'post ' .. nmap.registry.found\n"
	    "end\n",
	    false);
	assert_int_equal(fx->nfindings, 2);
	assert_string_equal(fx->outputs[0], "pre");
	assert_string_equal(fx->outputs[1], "post 1");
	assert_int_equal(fx->findings[1].rule, RULE_POST);
	assert_int_equal(fx->ndiscovered, 1);
	assert_int_equal(fx->discovered.kind, OBS_HOST);
	assert_int_equal(fx->discovered.source, SRC_SCRIPT);
	assert_int_equal(fx->scripts_run, 2);
}

static const char waits_for_ever[] =
    "portrule = function() return true end\n"
    "action = function(host, port)\n"
    "  local s = nmap.new_socket()\n  s:set_timeout(-1)\n"
    "  s:connect(host, port)\n  s:receive()\n"
    "end\n";

static void
halts_within_one_turn_of_the_loop(void **state)
{
	struct fixture *fx = *state;
	int peer;
	char c;

	write_script(fx, "it", waits_for_ever);
	assert_int_equal(submit(fx, "it", true, 0), 0);
	while ((peer = accept4(fx->listener, NULL, NULL, SOCK_NONBLOCK)) < 0)
		uv_run(&fx->loop, UV_RUN_NOWAIT);
	set_scope(fx, true);
	/* The connection is already closed: before the loop turned. */
	assert_int_equal(recv(peer, &c, 1, 0), 0);
	uv_run(&fx->loop, UV_RUN_NOWAIT);
	uv_run(&fx->loop, UV_RUN_NOWAIT);
	assert_int_equal(fx->ndone, 1);
	assert_int_equal(fx->status, TARGET_HALTED);
	close(peer);
}

static void
ends_a_target_at_its_deadline(void **state)
{
	struct fixture *fx = *state;
	struct mono start = mono_now();

	write_script(fx, "it", waits_for_ever);
	assert_int_equal(submit(fx, "it", true, 300), 0);
	uv_run(&fx->loop, UV_RUN_DEFAULT);
	assert_int_equal(fx->status, TARGET_TIMEOUT);
	assert_in_range(mono_ms_between(start, mono_now()), 250, 5000);
	assert_int_equal(fx->findings[0].status, FINDING_TIMEOUT);
}

static void
frees_itself_with_work_under_way(void **state)
{
	struct fixture *fx = *state;

	write_script(fx, "it", waits_for_ever);
	for (int i = 0; i < 5; i++)
		assert_int_equal(submit(fx, "it", true, 0), 0);
	for (int i = 0; i < 10; i++)
		uv_run(&fx->loop, UV_RUN_NOWAIT);
	/* teardown frees the engine and checks that the loop is empty */
}

/* A guessed port that refuses is closed in the records, and no portrule sees it. */
static void
confirms_ports_that_are_guesses(void **state)
{
	struct fixture *fx = *state;

	write_script(fx, "it",
	    "portrule = function() return true end\n"
	    "action = function() return 'asked' end\n");
	fx->confirm = true;
	assert_int_equal(submit(fx, "it", true, 0), 0);
	uv_run(&fx->loop, UV_RUN_DEFAULT);
	assert_int_equal(fx->nfindings, 1);
	assert_string_equal(fx->outputs[0], "asked");
	assert_int_equal(fx->naudits, 1);
	assert_string_equal(fx->audits[0].script, "port-confirm");

	close(fx->listener);
	fx->listener = -1;
	assert_int_equal(submit(fx, "it", true, 0), 0);
	uv_run(&fx->loop, UV_RUN_DEFAULT);
	assert_int_equal(fx->nfindings, 2);
	assert_int_equal(fx->findings[1].rule, RULE_VERSION);
	assert_int_equal(fx->last_state, PORT_CLOSED);
	assert_int_equal(fx->scripts_run, 0);
}

static void
refuses_a_target_whose_scripts_do_not_load(void **state)
{
	struct fixture *fx = *state;

	assert_true(submit(fx, "absent", true, 0) < 0);
	write_script(fx, "broken", "this is no Lua\n");
	assert_true(submit(fx, "broken", true, 0) < 0);
	write_script(fx, "noaction", "portrule = function() end\n");
	assert_true(submit(fx, "noaction", true, 0) < 0);
}

static void
counts_what_it_does(void **state)
{
	struct fixture *fx = *state;
	struct engine_stats stats;

	run_script(fx,
	    "portrule = function() return true end\n"
	    "action = function() return 'x' end\n",
	    true);
	engine_stats_get(fx->engine, &stats);
	assert_int_equal(stats.targets, 1);
	assert_int_equal(stats.targets_active, 0);
	assert_int_equal(stats.threads, 1);
	assert_int_equal(stats.threads_active, 0);
	assert_int_equal(stats.findings, 1);
	assert_int_equal(stats.stale_wakeups, 0);
	assert_in_range(stats.lua_octets, 100000, 64000000);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(tells_a_finding_with_data_in_order),
		CASE(counts_probes_that_hearing_saved),
		CASE(audits_what_it_contacts_and_what_it_refuses),
		CASE(says_why_a_script_failed),
		CASE(tells_a_port_that_a_script_changed),
		CASE(runs_prerules_then_postrules_without_an_address),
		CASE(halts_within_one_turn_of_the_loop),
		CASE(ends_a_target_at_its_deadline),
		CASE(frees_itself_with_work_under_way),
		CASE(confirms_ports_that_are_guesses),
		CASE(refuses_a_target_whose_scripts_do_not_load),
		CASE(counts_what_it_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
