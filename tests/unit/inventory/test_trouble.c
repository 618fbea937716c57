/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trouble with the disk: while it is full nothing is forgotten, and when there is room again all of it is stored, in
 * order; a damaged database is told.
 */
#include <sys/mount.h>
#include <time.h>

#include "tests/unit/inventory/facts.h"
#include "tests/unit/store/folder.h"

static struct store *
open_folder(const struct folder *f)
{
	struct store_options options = { .dir = f->path };
	struct store *s;

	assert_int_equal(store_open(&options, &s, NULL), 0);
	return s;
}

static struct world *
world_in(const struct folder *f)
{
	struct world *w = world_new(false, 0);

	inventory_free(w->inv);
	w->store = open_folder(f);
	w->inv = world_inventory(w, 0);
	return w;
}

/* Hosts until one cannot be stored; returns how many were told of. */
static int
hear_until_full(struct world *w, uint64_t *failures)
{
	struct inventory_stats stats;
	char addr[32];
	int i;

	for (i = 0; i < 5000; i++) {
		struct observation o;

		snprintf(
		    addr, sizeof(addr), "10.0.%d.%d", i / 250, i % 250 + 1);
		o = about(w, OBS_HOST, addr, NULL, STRENGTH_TWO_WAY);
		(void)!inventory_observe(w->inv, &o);
		world_forget(w);
		inventory_stats_get(w->inv, &stats);
		if (stats.store_failures > 0 && i % 8 == 7)
			break;
	}
	*failures = stats.store_failures;
	return i + 1;
}

struct order {
	uint64_t sequence;
	int hosts;
};

static bool
count_host(void *arg, const struct event *e)
{
	struct order *o = arg;

	assert_int_equal(e->sequence, o->sequence + 1);
	o->sequence = e->sequence;
	o->hosts += e->code == EV_HOST_NEW;
	return true;
}

static void
loses_nothing_while_the_disk_is_full(void **state)
{
	struct folder *f = *state;
	struct timespec pause = { 1, 100000000 };
	struct order order = { 0, 0 };
	uint64_t failures;
	struct world *w;
	int hosts;

	if (mount("tmpfs", f->path, "tmpfs", 0, "size=768k") < 0) {
		print_message("needs the right to mount a tmpfs\n");
		skip();
	}
	w = world_in(f);
	hosts = hear_until_full(w, &failures);
	assert_true(failures > 0);
	assert_int_equal(
	    mount("tmpfs", f->path, "tmpfs", MS_REMOUNT, "size=64m"), 0);
	nanosleep(&pause, NULL);
	assert_int_equal(inventory_begin(w->inv), 0);
	assert_int_equal(inventory_commit(w->inv), 0);
	assert_int_equal(
	    store_outbox_read(w->store, 0, SIZE_MAX, count_host, &order), 0);
	assert_int_equal(order.hosts, hosts);
	print_message("%d hosts, %d events\n", hosts, (int)order.sequence);
	world_free(w);
	assert_int_equal(umount(f->path), 0);
}

static void
tells_that_the_database_was_damaged(void **state)
{
	struct folder *f = *state;
	char path[128];
	struct world *w;
	FILE *file;

	store_close(open_folder(f));
	snprintf(path, sizeof(path), "%s/earshot.db", f->path);
	file = fopen(path, "r+");
	assert_non_null(file);
	assert_true(fputs("no database", file) >= 0);
	fclose(file);
	w = world_in(f);
	assert_int_equal(w->nevents, 1);
	expect_event(w, 0, "sensor.loss", "\"loss\":{\"stage\":\"store\"}");
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    loses_nothing_while_the_disk_is_full, folder_setup,
		    folder_teardown),
		cmocka_unit_test_setup_teardown(
		    tells_that_the_database_was_damaged, folder_setup,
		    folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
