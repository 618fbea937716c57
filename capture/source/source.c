/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The switch between interfaces and files; see source.h.
 */
#include "capture/source/source.h"

#include <stdlib.h>

#include "capture/source/source_impl.h"

struct source {
	struct source_live *live; /* one of the two */
	struct source_file *file;
};

int
source_open(const struct source_options *options, struct source **out,
    struct errbuf *eb)
{
	struct source *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for a source");
	if (options->file != NULL)
		rc = source_file_open(options, &s->file, eb);
	else
		rc = source_live_open(options, &s->live, eb);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*out = s;
	return 0;
}

int
source_next(struct source *s, struct record *rec, struct errbuf *eb)
{
	if (s->file != NULL)
		return source_file_next(s->file, rec, eb);
	return source_live_next(s->live, rec, eb);
}

int
source_wait(struct source *s, int timeout_ms)
{
	if (s->file != NULL)
		return source_file_wait(s->file, timeout_ms);
	return source_live_wait(s->live, timeout_ms);
}

bool
source_is_live(const struct source *s)
{
	return s->live != NULL;
}

int
source_linktype(const struct source *s)
{
	return s->file != NULL ? source_file_linktype(s->file)
			       : source_live_linktype(s->live);
}

void
source_stats_get(struct source *s, struct source_stats *out)
{
	*out = (struct source_stats){ 0 };
	if (s->file != NULL)
		source_file_stats(s->file, out);
	else
		source_live_stats(s->live, out);
}

void
source_progress(const struct source *s, uint64_t *done, uint64_t *all)
{
	*done = 0;
	*all = 0;
	if (s->file != NULL)
		source_file_progress(s->file, done, all);
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	if (s->file != NULL)
		source_file_free(s->file);
	if (s->live != NULL)
		source_live_free(s->live);
	free(s);
}
