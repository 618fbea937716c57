/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state folder of a test's own, and its end.
 */
#pragma once

#include <dirent.h>
#include <unistd.h>

#include "tests/unit/test.h"

struct folder {
	char path[64];
};

static inline int
folder_setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->path, sizeof(f->path), "/tmp/earshot-test-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	*state = f;
	return 0;
}

static inline int
folder_teardown(void **state)
{
	struct folder *f = *state;
	DIR *dir = opendir(f->path);
	struct dirent *entry;
	char path[512];

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", f->path, entry->d_name);
		(void)!unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(f->path);
	free(f);
	return 0;
}

/* How many files there have @p part in their names. */
static inline int
folder_count(const struct folder *f, const char *part)
{
	DIR *dir = opendir(f->path);
	struct dirent *entry;
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += strstr(entry->d_name, part) != NULL;
	if (dir != NULL)
		closedir(dir);
	return n;
}
