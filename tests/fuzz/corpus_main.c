/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target once over every file of a folder: the corpus as a unit
 * test, with any compiler. Fails when the folder is missing or empty, so that a
 * lost corpus is noticed.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole file, NUL-terminated for nobody: exactly size octets, so that ASan
 * sees an overrun. */
static uint8_t *
load(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long n;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0) {
		rewind(f);
		data = malloc(n > 0 ? (size_t)n : 1);
		*size = data == NULL ? 0 : fread(data, 1, (size_t)n, f);
	}
	fclose(f);
	return data;
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	char path[4096];
	DIR *dir;
	int runs = 0;

	dir = argc > 1 ? opendir(argv[1]) : NULL;
	if (dir == NULL) {
		fprintf(stderr, "no corpus folder: %s\n",
		    argc > 1 ? argv[1] : "(none named)");
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		size_t size = 0;
		uint8_t *data;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		data = load(path, &size);
		if (data == NULL)
			continue;
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		runs++;
	}
	closedir(dir);
	printf("%d inputs\n", runs);
	return runs > 0 ? 0 : 1;
}
