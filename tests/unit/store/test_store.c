/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: what is committed stays, what is rolled back is gone, and trouble with
 * the file is said in plain words.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "sensor/store/records.h"
#include "sensor/store/store.h"
#include "tests/unit/store/folder.h"

static struct store *
open_at(const struct folder *f, bool read_only)
{
	struct store_options options = { .dir = f->path,
		.read_only = read_only };
	struct errbuf eb = { "" };
	struct store *s;

	if (store_open(&options, &s, &eb) < 0)
		fail_msg("%s", eb.text);
	return s;
}

static void
expect_refusal(const struct store_options *options, int code, const char *word)
{
	struct errbuf eb = { "" };
	struct store *s;

	assert_int_equal(store_open(options, &s, &eb), code);
	assert_null(s);
	if (strstr(eb.text, word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", eb.text, word);
}

static void
keeps_values_over_a_restart(void **state)
{
	struct store *s = open_at(*state, false);
	char value[32];

	assert_int_equal(store_value_set(s, "halted", "yes"), 0);
	assert_int_equal(store_value_set(s, "halted", "no"), 0);
	store_close(s);
	s = open_at(*state, false);
	assert_int_equal(store_value_get(s, "halted", value, sizeof(value)), 0);
	assert_string_equal(value, "no");
	assert_int_equal(store_value_get(s, "absent", value, sizeof(value)), 0);
	assert_string_equal(value, "");
	store_close(s);
}

static void
nests_and_undoes_transactions(void **state)
{
	struct store *s = open_at(*state, false);
	char value[32];

	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_value_set(s, "a", "1"), 0);
	assert_int_equal(store_commit(s), 0);
	store_rollback(s);
	assert_int_equal(store_commit(s), ES_E(STORE));
	assert_int_equal(store_value_get(s, "a", value, sizeof(value)), 0);
	assert_string_equal(value, "");
	store_close(s);
}

static bool
see_asset(void *arg, const void *row)
{
	const struct asset_row *asset = row;
	int *seen = arg;

	assert_string_equal(asset->id, "x-1");
	assert_string_equal(asset->name, "printer");
	assert_string_equal(asset->mac, "");
	assert_int_equal(asset->last_seen, 99);
	(*seen)++;
	return true;
}

static void
writes_replaces_reads_and_deletes_rows(void **state)
{
	struct store *s = open_at(*state, false);
	struct asset_row row = { .id = "x-1", .name = "old", .last_seen = 1 };
	int seen = 0;

	assert_int_equal(store_put_asset(s, &row), 0);
	row.name = "printer";
	row.last_seen = 99;
	assert_int_equal(store_put_asset(s, &row), 0);
	assert_int_equal(store_each_asset(s, see_asset, &seen), 0);
	assert_int_equal(seen, 1);
	assert_int_equal(store_delete_asset(s, &row), 0);
	assert_int_equal(store_each_asset(s, see_asset, &seen), 0);
	assert_int_equal(seen, 1);
	store_close(s);
}

static void
has_readers_beside_its_one_writer(void **state)
{
	struct folder *f = *state;
	struct store_options second = { .dir = f->path };
	struct store *writer = open_at(f, false);
	struct store *reader;
	char value[8];

	assert_int_equal(store_value_set(writer, "k", "v"), 0);
	reader = open_at(f, true);
	assert_int_equal(store_value_get(reader, "k", value, sizeof(value)), 0);
	assert_string_equal(value, "v");
	assert_int_equal(store_value_set(reader, "k", "w"), ES_E(STORE));
	expect_refusal(&second, ES_E(EXISTS), "another earshot");
	store_close(reader);
	store_close(writer);
}

static void
says_that_nothing_is_there_to_read(void **state)
{
	struct folder *f = *state;
	struct store_options options = { .dir = f->path, .read_only = true };

	expect_refusal(&options, ES_E(NOTFOUND), "earshot.db");
}

static void
moves_a_damaged_file_aside(void **state)
{
	struct folder *f = *state;
	char path[128];
	struct store *s;
	FILE *file;

	s = open_at(f, false);
	assert_false(store_recovered(s));
	store_close(s);
	snprintf(path, sizeof(path), "%s/earshot.db", f->path);
	file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fputs("this is no database at all", file) >= 0, 1);
	fclose(file);
	s = open_at(f, false);
	assert_true(store_recovered(s));
	assert_int_equal(folder_count(f, "damaged"), 1);
	assert_int_equal(store_value_set(s, "works", "again"), 0);
	store_close(s);
}

static void
finds_damage_inside_the_file(void **state)
{
	struct folder *f = *state;
	struct store *s = open_at(f, false);
	static const char junk[4096] = { 0x5a };
	char path[128];
	struct stat st;
	off_t at;
	int fd;

	assert_int_equal(store_value_set(s, "k", "v"), 0);
	store_close(s);
	snprintf(path, sizeof(path), "%s/earshot.db", f->path);
	fd = open(path, O_WRONLY);
	assert_int_equal(fstat(fd, &st), 0);
	for (at = 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), 4096);
	close(fd);
	s = open_at(f, false);
	assert_true(store_recovered(s));
	store_close(s);
}

static void
refuses_a_newer_schema(void **state)
{
	struct folder *f = *state;
	struct store_options options = { .dir = f->path };
	char path[128];
	sqlite3 *db;

	store_close(open_at(f, false));
	snprintf(path, sizeof(path), "%s/earshot.db", f->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA user_version=999", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	expect_refusal(&options, ES_E(VERSION), "newer earshot");
	assert_int_equal(folder_count(f, "damaged"), 0);
}

static void
names_a_folder_it_cannot_make(void **state)
{
	struct store_options options = { .dir = "/proc/earshot/state" };

	(void)state;
	expect_refusal(&options, ES_E(SYS), "/proc/earshot/state");
}

/* A tmpfs of 512 KiB is soon full: the commit fails, says why, and what was
 * committed before is still there. */
static void
survives_a_full_disk(void **state)
{
	struct folder *f = *state;
	static char big[65536];
	char value[8];
	struct store *s;
	int rc = 0, i;

	if (mount("tmpfs", f->path, "tmpfs", 0, "size=512k") < 0) {
		print_message("needs the right to mount a tmpfs\n");
		skip();
	}
	memset(big, 'x', sizeof(big) - 1);
	s = open_at(f, false);
	assert_int_equal(store_value_set(s, "k", "v"), 0);
	for (i = 0; i < 64 && rc == 0; i++) {
		char key[16];

		snprintf(key, sizeof(key), "big-%d", i);
		assert_int_equal(store_begin(s), 0);
		rc = store_value_set(s, key, big);
		if (rc == 0)
			rc = store_commit(s);
		else
			store_rollback(s);
	}
	assert_int_equal(rc, ES_E(FULL));
	assert_non_null(strstr(store_error(s), "no room left"));
	assert_int_equal(store_value_get(s, "k", value, sizeof(value)), 0);
	assert_string_equal(value, "v");
	store_close(s);
	s = open_at(f, true);
	assert_int_equal(store_value_get(s, "k", value, sizeof(value)), 0);
	assert_string_equal(value, "v");
	store_close(s);
	assert_int_equal(umount(f->path), 0);
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(keeps_values_over_a_restart),
		IN_FOLDER(nests_and_undoes_transactions),
		IN_FOLDER(writes_replaces_reads_and_deletes_rows),
		IN_FOLDER(has_readers_beside_its_one_writer),
		IN_FOLDER(says_that_nothing_is_there_to_read),
		IN_FOLDER(moves_a_damaged_file_aside),
		IN_FOLDER(finds_damage_inside_the_file),
		IN_FOLDER(refuses_a_newer_schema),
		IN_FOLDER(names_a_folder_it_cannot_make),
		IN_FOLDER(survives_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
