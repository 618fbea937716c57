/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of `earshot scan`: Nmap's spellings, and a refusal with a reason for all else.
 */
#include "tests/unit/test.h"

#include "sensor/daemon/scan_args.h"

#define WORDS_MAX 32

static struct errbuf eb;

/* Split at spaces and read; argv[0] is added. */
static int
read_line(const char *line, struct scan_args *a, char copy[static 512])
{
	char *argv[WORDS_MAX] = { (char[]){ "scan" } };
	char *save = NULL;
	int argc = 1;

	snprintf(copy, 512, "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	eb.text[0] = '\0';
	return scan_args_read(a, argc, argv, &eb);
}

static void
reads_the_lab_line(void **state)
{
	struct scan_args a;
	char copy[512];

	(void)state;
	assert_int_equal(
	    read_line("-n -Pn -sT -sU -p T:22,U:53 --script banner,x "
		      "--script-timeout 120 --max-parallelism 100 -oX out.xml "
		      "10.77.0.53 host.example",
		&a, copy),
	    0);
	assert_false(a.options.resolve);
	assert_false(a.options.ping);
	assert_true(a.options.ports.tcp && a.options.ports.udp);
	assert_string_equal(a.options.ports.spec, "T:22,U:53");
	assert_int_equal(a.options.nscripts, 1);
	assert_string_equal(a.options.scripts[0], "banner,x");
	assert_int_equal((int)a.options.engine.script_timeout_s, 120);
	assert_int_equal(a.options.engine.max_parallelism, 100);
	assert_int_equal(a.options.parallel, 100);
	assert_string_equal(a.options.report.xml_file, "out.xml");
	assert_int_equal(a.options.ntargets, 2);
	assert_string_equal(a.options.targets[1], "host.example");
	assert_non_null(strstr(a.command_line, "earshot scan -n -Pn"));
	scan_args_fini(&a);
}

static void
reads_values_that_stick(void **state)
{
	struct scan_args a;
	char copy[512];

	(void)state;
	assert_int_equal(
	    read_line("-p22 -T4 -vv -d2 --script=a --script=b -eeth0 -sUT "
		      "--host-timeout=2m --script-timeout 500ms -p- -- -x",
		&a, copy),
	    0);
	assert_string_equal(a.options.ports.spec, "-");
	assert_int_equal(a.options.engine.timing, 4);
	assert_int_equal(a.options.engine.verbosity, 2);
	assert_int_equal(a.options.engine.debugging, 2);
	assert_int_equal(a.options.nscripts, 2);
	assert_string_equal(a.options.engine.interface, "eth0");
	assert_true(a.options.ports.tcp && a.options.ports.udp);
	assert_int_equal((int)a.options.engine.host_timeout_s, 120);
	assert_int_equal((int)(a.options.engine.script_timeout_s * 1000), 500);
	assert_int_equal(a.options.ntargets, 1);
	assert_string_equal(a.options.targets[0], "-x");
	scan_args_fini(&a);
}

static void
scans_what_is_left_by_default(void **state)
{
	struct scan_args a;
	char copy[512];

	(void)state;
	assert_int_equal(read_line("h", &a, copy), 0);
	assert_true(a.options.ports.tcp && !a.options.ports.udp);
	assert_true(a.options.ping && a.options.resolve);
	assert_int_equal(a.options.nscripts, 0);
	assert_int_equal(a.options.engine.timing, 3);
	scan_args_fini(&a);
	assert_int_equal(read_line("-sU h", &a, copy), 0);
	assert_true(!a.options.ports.tcp && a.options.ports.udp);
	scan_args_fini(&a);
	assert_int_equal(read_line("-sn -sC -T5 h", &a, copy), 0);
	assert_true(!a.options.ports.tcp && !a.options.ports.udp);
	assert_string_equal(a.options.scripts[0], "default");
	assert_int_equal((int)a.options.engine.script_timeout_s, 600);
	assert_int_equal((int)a.options.engine.host_timeout_s, 900);
	scan_args_fini(&a);
}

static void
refuses_with_a_reason(void **state)
{
	static const char *const bad[] = { "-sV h", "-A h", "-O h", "-sS h",
		"-PS22 h", "--nosuch h", "-p", "--script", "-T9 h", "-Tx h",
		"--max-parallelism 0 h", "--max-parallelism x h",
		"--host-timeout 5x h", "--host-timeout -5 h", "-sn=1 h",
		"--reason=1 h", "-oG x h", "-z h", "-vx h", "-d2d h", "--v h",
		"-version h", "--script-timeout nan h" };

	(void)state;
	for (size_t i = 0; i < ES_ARRAY_LEN(bad); i++) {
		struct scan_args a;
		char copy[512];

		if (read_line(bad[i], &a, copy) != ES_E(FORMAT))
			fail_msg("accepted: %s", bad[i]);
		assert_string_not_equal(eb.text, "");
		scan_args_fini(&a);
	}
}

static const char *const names[] = {
#define FLAG(id, name, help) name,
#define VALUE(id, name, value, help) name,
#include "sensor/daemon/scan_options.def"
#undef FLAG
#undef VALUE
};

static void
every_option_is_in_the_manual(void **state)
{
	static char manual[64 * 1024];
	FILE *f = fopen("docs/man/earshot-scan.1", "r");

	(void)state;
	assert_non_null(f);
	assert_true(fread(manual, 1, sizeof(manual) - 1, f) > 0);
	fclose(f);
	for (size_t i = 0; i < ES_ARRAY_LEN(names); i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n.It Fl %s%s",
		    strlen(names[i]) > 2 ? "-" : "", names[i]);
		if (strstr(manual, line) == NULL)
			fail_msg("earshot-scan(1) lacks %s", names[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_lab_line),
		cmocka_unit_test(reads_values_that_stick),
		cmocka_unit_test(scans_what_is_left_by_default),
		cmocka_unit_test(refuses_with_a_reason),
		cmocka_unit_test(every_option_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
