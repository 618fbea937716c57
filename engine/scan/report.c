/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, tasks and totals of a scan's report; see report.h. Hosts that are down are only listed with -v, as Nmap does,
 * but counted always.
 */
#include "engine/scan/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/scan/escape.h"

#define LINE_MAX_OCTETS 65536U

/* ---- script results ------------------------------------------------------ */

int
script_results_add(struct script_results *list, const struct nse_result *result)
{
	struct script_result *items =
	    realloc(list->items, (list->count + 1) * sizeof(*items));
	struct script_result *item;

	if (items == NULL)
		return ES_E(NOMEM);
	list->items = items;
	item = &items[list->count];
	*item = (struct script_result){ .id = strdup(result->id),
		.text = malloc(result->text_len + 1),
		.len = result->text_len,
		.xml = result->xml == NULL ? NULL : strdup(result->xml) };
	if (item->id == NULL || item->text == NULL ||
	    (result->xml != NULL && item->xml == NULL)) {
		free(item->id);
		free(item->text);
		free(item->xml);
		return ES_E(NOMEM);
	}
	if (result->text_len > 0)
		memcpy(item->text, result->text, result->text_len);
	item->text[result->text_len] = '\0';
	list->count++;
	return 0;
}

static int
compare_results(const void *a, const void *b)
{
	const struct script_result *x = a, *y = b;

	return strcmp(x->id, y->id);
}

void
script_results_sort(struct script_results *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items),
		    compare_results);
}

void
script_results_fini(struct script_results *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].id);
		free(list->items[i].text);
		free(list->items[i].xml);
	}
	free(list->items);
	*list = (struct script_results){ 0 };
}

/* ---- files --------------------------------------------------------------- */

static int
open_file(const char *path, FILE **out, struct errbuf *eb)
{
	*out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	return *out == NULL ? err_sys(eb, "cannot write %s", path) : 0;
}

static struct tm
local_now(void)
{
	time_t t = (time_t)(wall_now().ns / NS_PER_S);
	struct tm tm;

	localtime_r(&t, &tm);
	return tm;
}

/* "Sat Nov 21 03:27:36 2026" */
static const char *
full_date(char out[static 64])
{
	struct tm tm = local_now();

	strftime(out, 64, "%a %b %e %H:%M:%S %Y", &tm);
	return out;
}

static const char *
clock_time(char out[static 64])
{
	struct tm tm = local_now();

	strftime(out, 64, "%H:%M", &tm);
	return out;
}

static void
put_line(FILE *to, const char *line)
{
	if (to == NULL)
		return;
	fputs(line, to);
	fputc('\n', to);
	fflush(to);
}

void
report_line(struct report *r, bool file, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, LINE_MAX_OCTETS);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	put_line(r->screen, buf_cstr(&b));
	if (file)
		put_line(r->normal, buf_cstr(&b));
	buf_fini(&b);
}

static bool
is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

FILE *
report_screen(const struct report_options *options)
{
	return is_stdout(options->normal_file) || is_stdout(options->xml_file)
		   ? NULL
		   : stdout;
}

int
report_begin(
    struct report *r, const struct report_options *options, struct errbuf *eb)
{
	struct tm now = local_now();
	char text[64];
	int rc;

	*r = (struct report){ .opt = *options, .started = wall_now() };
	r->screen = report_screen(options);
	if (options->xml_file != NULL &&
	    (rc = open_file(options->xml_file, &r->xml, eb)) != 0)
		return rc;
	if (options->normal_file != NULL &&
	    (rc = open_file(options->normal_file, &r->normal, eb)) != 0)
		return rc;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M %Z", &now);
	report_line(r, false, "Starting earshot %s at %s", ES_VERSION, text);
	if (r->normal != NULL)
		fprintf(r->normal, "# earshot %s scan initiated %s as: %s\n",
		    ES_VERSION, full_date(text), options->args);
	if (r->xml != NULL)
		report_xml_begin(r);
	return 0;
}

/* ---- steps --------------------------------------------------------------- */

void
report_task_begin(struct report *r, const char *task)
{
	char text[64];

	if (r->opt.verbosity == 0)
		return;
	report_line(r, false, "Initiating %s at %s", task, clock_time(text));
	if (r->xml != NULL)
		fprintf(r->xml, "<taskbegin task=\"%s\" time=\"%lld\"/>\n",
		    task, (long long)(wall_now().ns / NS_PER_S));
}

void
report_task_end(
    struct report *r, const char *task, struct wall began, const char *extra)
{
	struct wall now = wall_now();
	char text[64];

	if (r->opt.verbosity == 0)
		return;
	report_line(r, false, "Completed %s at %s, %.2fs elapsed%s%s%s", task,
	    clock_time(text), (double)(now.ns - began.ns) / (double)NS_PER_S,
	    extra == NULL ? "" : " (", extra == NULL ? "" : extra,
	    extra == NULL ? "" : ")");
	if (r->xml == NULL)
		return;
	fprintf(r->xml, "<taskend task=\"%s\" time=\"%lld\"", task,
	    (long long)(now.ns / NS_PER_S));
	if (extra != NULL)
		fprintf(r->xml, " extrainfo=\"%s\"", extra);
	fputs("/>\n", r->xml);
}

void
report_host(struct report *r, struct scan_record *host)
{
	bool shown = host->probe.up || r->opt.verbosity > 0;

	if (host->probe.up)
		r->up++;
	else
		r->down++;
	if (!shown)
		return;
	script_results_sort(&host->scripts);
	for (size_t i = 0; i < host->nse->nports; i++)
		script_results_sort(&host->per_port[i]);
	if (r->screen != NULL)
		report_normal_host(r, r->screen, host);
	if (r->normal != NULL)
		report_normal_host(r, r->normal, host);
	if (r->xml != NULL)
		report_xml_host(r, host);
}

void
report_block(
    struct report *r, enum report_block which, struct script_results *scripts)
{
	const char *tag = which == BLOCK_PRE ? "prescript" : "postscript";
	FILE *to[2] = { r->screen, r->normal };

	if (scripts->count == 0)
		return;
	script_results_sort(scripts);
	for (int i = 0; i < 2; i++) {
		if (to[i] == NULL)
			continue;
		fputs(which == BLOCK_PRE ? "Pre-scan script results:\n"
					 : "Post-scan script results:\n",
		    to[i]);
		report_normal_scripts(to[i], scripts);
	}
	if (r->xml == NULL)
		return;
	fprintf(r->xml, "<%s>", tag);
	report_xml_scripts(r, scripts);
	fprintf(r->xml, "</%s>", tag);
}

void
report_bad_target(struct report *r, const char *expression)
{
	struct buf b;

	if (r->xml == NULL)
		return;
	buf_init(&b, 1U << 16);
	escape_xml_str(&b, expression);
	fprintf(r->xml,
	    "<target specification=\"%s\" status=\"skipped\" "
	    "reason=\"invalid\"/>\n",
	    buf_cstr(&b));
	buf_fini(&b);
}

static int
close_file(FILE *f, const char *path, struct errbuf *eb)
{
	bool bad;

	if (f == NULL)
		return 0;
	bad = fflush(f) != 0 || ferror(f) != 0;
	if (f != stdout)
		bad = fclose(f) != 0 || bad;
	return bad ? err_set(eb, ES_E(SYS),
			 "cannot write all of %s: is the disk full?", path)
		   : 0;
}

int
report_end(struct report *r, bool interrupted, struct errbuf *eb)
{
	double elapsed_s =
	    (double)(wall_now().ns - r->started.ns) / (double)NS_PER_S;
	size_t total = r->up + r->down;
	char counts[128], summary[256], text[64];
	int rc, rc2;

	snprintf(counts, sizeof(counts), "%zu IP address%s (%zu host%s up)",
	    total, total == 1 ? "" : "es", r->up, r->up == 1 ? "" : "s");
	full_date(text);
	snprintf(summary, sizeof(summary),
	    "earshot done at %s; %s scanned in %.2f seconds", text, counts,
	    elapsed_s);
	report_line(r, false, "earshot done: %s scanned in %.2f seconds%s",
	    counts, elapsed_s, interrupted ? " (interrupted)" : "");
	if (r->normal != NULL)
		fprintf(r->normal,
		    "# earshot done at %s -- %s scanned in %.2f seconds\n",
		    text, counts, elapsed_s);
	if (r->xml != NULL)
		report_xml_end(r, elapsed_s, summary, interrupted);
	rc = close_file(r->normal, r->opt.normal_file, eb);
	rc2 = close_file(r->xml, r->opt.xml_file, eb);
	r->normal = r->xml = NULL;
	return rc != 0 ? rc : rc2;
}
