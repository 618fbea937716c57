/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot scan: run scripts on given targets. It is the engine role alone, in this process, with a scope that is the
 * targets of the command line; as root it keeps the right to raw sockets and low ports and nothing else.
 */
#include <cap-ng.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/config.h"
#include "sensor/daemon/datadir.h"
#include "sensor/daemon/scan_args.h"

#define DATADIRS_MAX 32

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* The first signal ends the scan with a report of what is known; the second ends the process. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Keep only what scripts need: raw frames, and ports below 1024 to send from (DHCP). */
static int
drop_rights(bool *raw, struct errbuf *eb)
{
	static const unsigned needed[] = { CAP_NET_RAW, CAP_NET_BIND_SERVICE };
	bool has[ES_ARRAY_LEN(needed)];

	capng_get_caps_process();
	for (size_t i = 0; i < ES_ARRAY_LEN(needed); i++)
		has[i] = capng_have_capability(CAPNG_EFFECTIVE, needed[i]) != 0;
	*raw = has[0];
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < ES_ARRAY_LEN(needed); i++)
		if (has[i] &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			needed[i]) != 0)
			return err_sys(eb, "cannot choose capabilities");
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return err_sys(eb, "cannot give up capabilities");
	return 0;
}

struct datadirs {
	const char *dirs[DATADIRS_MAX];
	char own[PATH_MAX];
};

/* --datadir, then the configuration's, then our own. */
static void
choose_datadirs(
    struct scan_args *a, const struct config *config, struct datadirs *found)
{
	const char **dirs = found->dirs;
	size_t n = 0;

	for (size_t i = 0; i < a->datadirs.count && n < DATADIRS_MAX - 1; i++)
		dirs[n++] = a->datadirs.items[i];
	for (size_t i = 0; i < config->datadirs.count && n < DATADIRS_MAX - 1;
	     i++)
		dirs[n++] = config->datadirs.items[i];
	if (datadir_own(found->own))
		dirs[n++] = found->own;
	a->options.engine.datadirs = dirs;
	a->options.engine.ndatadirs = n;
}

static int
check(const struct scan_args *a, struct errbuf *eb)
{
	if (a->script_help && (a->targets.count > 0 || a->update_db))
		return err_set(eb, ES_E(FORMAT),
		    "--script-help stands alone, without targets");
	if (a->options.ntargets == 0 && a->options.target_file == NULL &&
	    a->options.nscripts == 0 && !a->update_db)
		return err_set(eb, ES_E(FORMAT),
		    "no targets were given; see 'earshot scan --help'");
	return 0;
}

static int
act(struct scan_args *a, struct errbuf *eb)
{
	if (a->update_db)
		return scan_update_db(&a->options, eb);
	if (a->script_help)
		return scan_script_help(&a->options, eb);
	return scan_run(&a->options, eb);
}

static int
scan(struct scan_args *a, struct errbuf *eb)
{
	bool raw = false;
	int rc = drop_rights(&raw, eb);

	if (rc != 0)
		return rc;
	a->options.engine.privileged =
	    a->privileged < 0 ? raw : a->privileged != 0;
	a->options.progress = isatty(STDERR_FILENO) != 0;
	a->options.stop = &stop;
	catch_signals();
	return act(a, eb);
}

static int
exit_code(int rc, const struct errbuf *eb)
{
	if (rc == SCAN_INTERRUPTED)
		return CLI_PARTIAL;
	if (rc >= 0)
		return CLI_OK;
	if (rc == ES_E(FORMAT))
		return cli_fail(CLI_USAGE, "%s", eb->text);
	return cli_fail_with(rc, eb);
}

static int
run(int argc, char **argv)
{
	struct errbuf eb = { "" };
	struct datadirs datadirs;
	struct scan_args args;
	struct config config;
	int rc = scan_args_read(&args, argc, argv, &eb);

	if (rc == 0 && args.help) {
		scan_args_help();
		scan_args_fini(&args);
		return CLI_OK;
	}
	if (rc == 0)
		rc = check(&args, &eb);
	if (rc == 0) {
		rc = cli_config(args.config, &config, &eb);
		if (rc == 0) {
			choose_datadirs(&args, &config, &datadirs);
			rc = scan(&args, &eb);
			config_fini(&config);
		}
	}
	scan_args_fini(&args);
	return exit_code(rc, &eb);
}

const struct command command_scan = {
	.name = "scan",
	.summary = "Run scripts on given targets, with Nmap's options",
	.operands = "TARGET...",
	.run = run,
};
