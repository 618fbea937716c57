/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGKILL at random points of a writer: afterwards the state is exactly what
 * the events tell, the sequences have no gap and the stream ids rise.
 *
 * The writer moves assets between names. Each transaction changes some rows and
 * appends an event for each change, so folding the events (asset -> last name)
 * must give the asset table, whatever the moment of death.
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "sensor/store/records.h"
#include "sensor/store/store.h"
#include "tests/unit/store/folder.h"

#define ASSETS 8
#define ROUNDS 60

static struct store *
open_writer(const struct folder *f)
{
	struct store_options options = { .dir = f->path };
	struct errbuf eb = { "" };
	struct store *s;

	if (store_open(&options, &s, &eb) < 0) {
		fprintf(stderr, "%s\n", eb.text);
		return NULL;
	}
	return s;
}

static int
change(struct store *s, unsigned asset)
{
	char id[8], name[32], json[64];
	struct asset_row row = { .id = id, .name = name };
	struct event e = { .code = EV_HOST_CHANGED,
		.id = "0123456789abcdef0123456789abcdef",
		.json = json };
	int rc;

	snprintf(id, sizeof(id), "%u", asset);
	snprintf(name, sizeof(name), "n%llu",
	    (unsigned long long)store_outbox_next(s));
	e.json_len =
	    (uint32_t)snprintf(json, sizeof(json), "%u %s", asset, name);
	rc = store_put_asset(s, &row);
	return rc < 0 ? rc : store_outbox_append(s, &e);
}

/* Until it is killed. */
static void
write_for_ever(const struct folder *f, unsigned seed)
{
	struct store *s = open_writer(f);

	while (s != NULL) {
		unsigned n = 1 + seed % 40;

		if (store_begin(s) < 0)
			break;
		for (; n > 0; n--) {
			seed = seed * 1103515245U + 12345U;
			if (change(s, seed >> 16 & (ASSETS - 1)) < 0)
				_exit(3);
		}
		if (store_commit(s) < 0)
			_exit(4);
	}
	_exit(5);
}

struct model {
	char names[ASSETS][32];
	uint64_t sequence;
	uint64_t ms;
	uint32_t sub;
	unsigned assets;
};

static bool
fold(void *arg, const struct event *e)
{
	struct model *m = arg;
	unsigned asset;
	char name[32];

	assert_int_equal(sscanf(e->json, "%u %31s", &asset, name), 2);
	assert_true(asset < ASSETS);
	assert_int_equal(e->sequence, m->sequence + 1);
	assert_true(e->ms > m->ms || (e->ms == m->ms && e->sub > m->sub));
	m->sequence = e->sequence;
	m->ms = e->ms;
	m->sub = e->sub;
	memcpy(m->names[asset], name, sizeof(name));
	return true;
}

static bool
compare(void *arg, const void *row)
{
	const struct asset_row *asset = row;
	struct model *m = arg;

	assert_string_equal(asset->name, m->names[atoi(asset->id)]);
	m->assets++;
	return true;
}

static uint64_t
check(const struct folder *f)
{
	struct store *s = open_writer(f);
	struct model m = { .sequence = 0 };
	struct outbox_stats stats;
	unsigned i, known = 0;

	assert_non_null(s);
	assert_false(store_recovered(s));
	assert_int_equal(store_outbox_read(s, 0, SIZE_MAX, fold, &m), 0);
	assert_int_equal(store_each_asset(s, compare, &m), 0);
	for (i = 0; i < ASSETS; i++)
		known += m.names[i][0] != '\0';
	assert_int_equal(m.assets, known);
	assert_int_equal(store_outbox_stats(s, &stats), 0);
	assert_int_equal(stats.last_sequence, m.sequence);
	assert_int_equal(stats.records, m.sequence);
	store_close(s);
	return m.sequence;
}

static void
state_is_the_fold_of_its_events(void **state)
{
	struct folder *f = *state;
	uint64_t sequence = 0;
	unsigned round, moved = 0;

	for (round = 0; round < ROUNDS; round++) {
		struct timespec pause = { 0,
			(long)((round * 7919U) % 25000U) * 1000L };
		uint64_t now;
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			write_for_ever(f, round * 2654435761U + 1);
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		now = check(f);
		assert_true(now >= sequence);
		moved += now > sequence;
		sequence = now;
	}
	print_message("%llu events, %u of %u kills after a commit\n",
	    (unsigned long long)sequence, moved, ROUNDS);
	assert_true(moved > ROUNDS / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(state_is_the_fold_of_its_events,
		    folder_setup, folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
