/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonl_file: a file that only ever holds whole lines once it is open, and its rotation. The writing itself is the
 * publisher's, on libuv's threads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/publish/publisher.h"

struct jsonl_file {
	char path[512];
	bool console; /* standard output: no rotation, no repair */
	uint64_t max_octets;
	uint32_t keep;
	int fd;	       /* -1 = not open */
	uint64_t size; /* of the whole lines in it; the writer adds to it */
};

/** Open or make it, cut a torn last line, tell which event its last line is. On failure errno says why. */
int jsonl_file_open(struct jsonl_file *f, struct resume *resume) ES_MUST_CHECK;

/** Before a write: begin a new file when it is full or somebody moved it. On failure errno says why. */
int jsonl_file_check(struct jsonl_file *f) ES_MUST_CHECK;

/** After a failed write: cut what is not whole, and close. */
void jsonl_file_repair(struct jsonl_file *f);

void jsonl_file_close(struct jsonl_file *f);
