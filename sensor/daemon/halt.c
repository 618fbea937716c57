/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kill switch; see halt.h.
 */
#include "sensor/daemon/halt.h"

#include <stdio.h>

#include "sensor/daemon/cli.h"
#include "sensor/daemon/control.h"
#include "sensor/daemon/policy_setup.h"

#define ANSWER_MAX (1 << 20)

/* Nobody runs: the next sensor reads it from its store. */
static int
store_halted(struct run *run, bool halted, struct errbuf *eb)
{
	const struct store_options options = { .dir = run->state_dir };
	struct policy *policy = NULL;
	struct store *store = NULL;
	int rc = run_prepare_state(run, eb);

	if (rc == 0)
		rc = store_open(&options, &store, eb);
	if (rc < 0)
		return rc;
	rc = policy_setup(run, store, &policy, eb);
	if (rc == 0) {
		rc = policy_halt(policy, halted);
		if (rc < 0)
			err_set(eb, rc, "%s", store_error(store));
		policy_free(policy);
	}
	store_close(store);
	/* What root made here belongs to the sensor's user. */
	return rc < 0 ? rc : run_prepare_state(run, eb);
}

static int
halt_or_resume(struct run *run, const char *word, bool halted, bool json)
{
	struct buf answer;
	struct errbuf eb;
	int rc;

	buf_init(&answer, ANSWER_MAX);
	rc = control_ask(run->state_dir, word, &answer, &eb);
	buf_fini(&answer);
	if (rc == ES_E(NOTFOUND))
		rc = store_halted(run, halted, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	if (json)
		printf("{\"halted\":%s}\n", halted ? "true" : "false");
	else
		printf("probing is %s\n", halted ? "halted" : "resumed");
	return CLI_OK;
}

int
halt_command(const char *command, int argc, char **argv, bool halted)
{
	const struct strlist none = { .count = 0 };
	struct config config;
	struct errbuf eb;
	struct run run;
	struct cli c;
	int what, rc;

	cli_init(&c, command_find(command), argc, argv);
	what = cli_read(&c, 0);
	if (what != CLI_END)
		return cli_stop(what);
	rc = cli_config(c.config, &config, &eb);
	if (rc == 0)
		rc = run_resolve(&config, &none, &run, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	rc = halt_or_resume(&run, command, halted, c.json);
	run_fini(&run);
	return rc;
}
