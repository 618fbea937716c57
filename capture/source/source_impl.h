/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share: the two kinds of source behind
 * source.h, and filters.
 */
#pragma once

#include "capture/source/source.h"

struct bpf_program;

/* BPF programs, one for each link type that was met. */
#define FILTER_LINKTYPES 16

struct filter {
	char *text; /* NULL: everything passes */
	size_t count;
	struct {
		uint32_t linktype;
		struct bpf_program *program;
	} by_link[FILTER_LINKTYPES];
};

int filter_init(
    struct filter *f, const char *text, struct errbuf *eb) ES_MUST_CHECK;

/** Compile for @p linktype ahead of the first record. */
int filter_prepare(
    struct filter *f, uint32_t linktype, struct errbuf *eb) ES_MUST_CHECK;

/** 1: passes, 0: does not; negative: cannot be compiled for its link type. */
int filter_pass(struct filter *f, const struct record *rec,
    struct errbuf *eb) ES_MUST_CHECK;
void filter_fini(struct filter *f);

struct source_live;
struct source_file;

int source_live_open(const struct source_options *options,
    struct source_live **out, struct errbuf *eb) ES_MUST_CHECK;
int source_live_next(
    struct source_live *s, struct record *rec, struct errbuf *eb) ES_MUST_CHECK;
int source_live_wait(struct source_live *s, int timeout_ms) ES_MUST_CHECK;
int source_live_linktype(const struct source_live *s);
void source_live_stats(struct source_live *s, struct source_stats *out);
void source_live_free(struct source_live *s);

int source_file_open(const struct source_options *options,
    struct source_file **out, struct errbuf *eb) ES_MUST_CHECK;
int source_file_next(
    struct source_file *s, struct record *rec, struct errbuf *eb) ES_MUST_CHECK;
int source_file_wait(struct source_file *s, int timeout_ms) ES_MUST_CHECK;
int source_file_linktype(const struct source_file *s);
void source_file_stats(struct source_file *s, struct source_stats *out);
void source_file_progress(
    const struct source_file *s, uint64_t *done, uint64_t *all);
void source_file_free(struct source_file *s);
