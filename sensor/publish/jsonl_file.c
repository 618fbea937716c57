/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of whole lines; see jsonl_file.h.
 */
#include "sensor/publish/jsonl_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/base/err.h"
#include "sensor/base/str.h"

#define TAIL_OCTETS (UINT64_C(1) << 18) /* an event is at most 64 KiB */

/* Cut a torn last line and read the whole one before it. */
static int
read_tail(struct jsonl_file *f, struct resume *resume)
{
	uint64_t from = f->size > TAIL_OCTETS ? f->size - TAIL_OCTETS : 0;
	size_t n = (size_t)(f->size - from);
	char *tail, *end, *start;
	ssize_t got;

	if (n == 0)
		return 0;
	tail = malloc(n);
	if (tail == NULL)
		return ES_E(NOMEM);
	got = pread(f->fd, tail, n, (off_t)from);
	end = got < 0 ? NULL : memrchr(tail, '\n', (size_t)got);
	if (got == (ssize_t)n && end != NULL) {
		f->size = from + (uint64_t)(end - tail) + 1;
		start = memrchr(tail, '\n', (size_t)(end - tail));
		start = start == NULL ? tail : start + 1;
		if (publisher_peek(start, (size_t)(end - start), resume))
			resume->kind = RESUME_EVENT;
	} else if (from == 0 && got == (ssize_t)n) {
		f->size = 0;
	}
	free(tail);
	return got < 0 || ftruncate(f->fd, (off_t)f->size) != 0 ? ES_E(SYS) : 0;
}

int
jsonl_file_open(struct jsonl_file *f, struct resume *resume)
{
	struct stat st;

	*resume = (struct resume){ .kind = RESUME_CURSOR };
	if (f->console) {
		f->fd = STDOUT_FILENO;
		return 0;
	}
	f->fd = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (f->fd < 0)
		return ES_E(SYS);
	if (fstat(f->fd, &st) != 0)
		goto fail;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		goto fail;
	}
	f->size = (uint64_t)st.st_size;
	if (read_tail(f, resume) == 0)
		return 0;
fail:
	(void)close(f->fd);
	f->fd = -1;
	return ES_E(SYS);
}

/* FILE.1 to FILE.keep, the oldest falls off. */
static int
rotate(struct jsonl_file *f)
{
	char from[540], to[540];
	uint32_t i;

	for (i = f->keep; i > 0; i--) {
		(void)snprintf(to, sizeof(to), "%s.%u", f->path, (unsigned)i);
		if (i > 1)
			(void)snprintf(from, sizeof(from), "%s.%u", f->path,
			    (unsigned)i - 1);
		else
			(void)str_copy(from, sizeof(from), f->path);
		if (rename(from, to) != 0 && errno != ENOENT)
			return ES_E(SYS);
	}
	return 0;
}

/* Ours may have been moved away, or be full. Both end in a new file. */
int
jsonl_file_check(struct jsonl_file *f)
{
	struct stat named, held;
	struct resume unused;
	bool moved;

	if (f->console)
		return 0;
	moved = stat(f->path, &named) != 0 || fstat(f->fd, &held) != 0 ||
		named.st_ino != held.st_ino || named.st_dev != held.st_dev;
	if (!moved && f->size < f->max_octets)
		return 0;
	if (!moved && rotate(f) != 0)
		return ES_E(SYS);
	jsonl_file_close(f);
	return jsonl_file_open(f, &unused);
}

void
jsonl_file_repair(struct jsonl_file *f)
{
	if (f->fd < 0 || f->console)
		return;
	/* Should this fail too, opening cuts the torn line. */
	(void)!ftruncate(f->fd, (off_t)f->size);
	jsonl_file_close(f);
}

void
jsonl_file_close(struct jsonl_file *f)
{
	if (f->fd >= 0 && !f->console)
		(void)close(f->fd);
	f->fd = -1;
}
