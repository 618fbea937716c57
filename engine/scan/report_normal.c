/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report a person reads, in the shape that Nmap made familiar: a heading a host, a table of ports with each port's
 * scripts under its row, then what scripts found out about the host.
 */
#include <string.h>

#include "engine/netdb.h"
#include "engine/scan/escape.h"
#include "engine/scan/report.h"

#define TEXT_MAX (64U << 20)
#define CELL 512

enum column {
	COL_PORT,
	COL_STATE,
	COL_SERVICE,
	COL_REASON,
	COL_VERSION,
	COLUMNS
};

static const char *const heads[COLUMNS] = { "PORT", "STATE", "SERVICE",
	"REASON", "VERSION" };

struct table {
	bool shown[COLUMNS];
	size_t width[COLUMNS];
};

struct row {
	char cell[COLUMNS][CELL];
};

static void
put_scripts(struct buf *b, const struct script_results *s)
{
	for (size_t i = 0; i < s->count; i++)
		escape_script(
		    b, s->items[i].id, s->items[i].text, s->items[i].len);
}

static void
flush(FILE *to, struct buf *b)
{
	if (!b->bad)
		fwrite(b->data, 1, b->len, to);
	buf_fini(b);
	fflush(to);
}

static void
append(char cell[static CELL], const char *before, const char *text,
    const char *after)
{
	size_t n = strlen(cell);

	if (text[0] != '\0')
		snprintf(cell + n, CELL - n, "%s%s%s%s", n > 0 ? " " : "",
		    before, text, after);
}

static void
fill_row(struct row *row, const struct port_walk *w)
{
	static const struct service nothing;
	const struct service *s = w->port == NULL ? &nothing : &w->port->svc;

	memset(row, 0, sizeof(*row));
	snprintf(row->cell[COL_PORT], CELL, "%u/%s", w->number,
	    proto_text(w->proto));
	append(row->cell[COL_STATE], "", port_state_text(w->state), "");
	snprintf(row->cell[COL_SERVICE], CELL, "%s%s%s", s->tunnel,
	    s->tunnel[0] == '\0' ? "" : "/",
	    s->name[0] == '\0' ? "unknown" : s->name);
	if (w->ttl > 0)
		snprintf(row->cell[COL_REASON], CELL, "%s ttl %u", w->reason,
		    w->ttl);
	else
		append(row->cell[COL_REASON], "", w->reason, "");
	append(row->cell[COL_VERSION], "", s->product, "");
	append(row->cell[COL_VERSION], "", s->version, "");
	append(row->cell[COL_VERSION], "(", s->extrainfo, ")");
}

static void
measure(struct table *t, const struct row *row)
{
	for (int c = 0; c < COLUMNS; c++) {
		size_t n = strlen(row->cell[c]);

		t->width[c] = n > t->width[c] ? n : t->width[c];
	}
	t->shown[COL_VERSION] =
	    t->shown[COL_VERSION] || row->cell[COL_VERSION][0] != '\0';
}

static void
put_cells(struct buf *b, const struct table *t,
    const char *(*cell)(const void *from, int column), const void *from)
{
	int last = COLUMNS - 1;

	while (!t->shown[last])
		last--;
	size_t begin = b->len;
	for (int c = 0; c <= last; c++) {
		const char *text = cell(from, c);
		size_t n = strlen(text);

		if (!t->shown[c])
			continue;
		escape_text(b, text, n);
		for (; c < last && n <= t->width[c]; n++)
			buf_u8(b, ' ');
	}
	while (b->len > begin && b->data[b->len - 1] == ' ')
		b->len--;
	buf_u8(b, '\n');
}

static const char *
head_cell(const void *from, int column)
{
	const char *const *texts = from;

	return texts[column];
}

static const char *
row_cell(const void *from, int column)
{
	const struct row *row = from;

	return row->cell[column];
}

static void
put_table(const struct report *r, struct buf *b, const struct scan_record *host,
    const struct folds *f)
{
	struct table t = { .shown = { true, true, true,
			       r->opt.reason || r->opt.debugging > 0, false } };
	struct port_walk w = port_walk_begin(&r->opt, host);
	struct row row;

	for (int c = 0; c < COLUMNS; c++)
		t.width[c] = strlen(heads[c]);
	while (port_walk_next(&w)) {
		if (f->folded[w.state])
			continue;
		fill_row(&row, &w);
		measure(&t, &row);
	}
	put_cells(b, &t, head_cell, heads);
	w = port_walk_begin(&r->opt, host);
	while (port_walk_next(&w)) {
		if (f->folded[w.state])
			continue;
		fill_row(&row, &w);
		put_cells(b, &t, row_cell, &row);
		if (w.scripts != NULL)
			put_scripts(b, w.scripts);
	}
}

static const char *
display_name(const struct nse_host *h)
{
	return h->targetname[0] != '\0' ? h->targetname : h->name;
}

static void
put_folds(struct buf *b, const struct nse_host *h, const struct folds *f)
{
	char text[ADDR_TEXT];

	if (f->hidden == f->total) {
		buf_printf(b, "All %u scanned ports on ", f->total);
		if (display_name(h)[0] == '\0')
			buf_str(b, addr_fmt(&h->addr, text));
		else
			escape_text(
			    b, display_name(h), strlen(display_name(h)));
		buf_printf(b, " are in ignored states.\n");
	}
	for (size_t i = 0; i < f->count; i++)
		buf_printf(b, "%s%u %s %s port%s (%s)",
		    i == 0 ? "Not shown: " : ", ", f->rows[i].count,
		    port_state_text(f->rows[i].state),
		    proto_text(f->rows[i].proto),
		    f->rows[i].count == 1 ? "" : "s", f->rows[i].reason);
	if (f->count > 0)
		buf_u8(b, '\n');
}

/* "; KEY: value" for each different value that a port's version names. */
static void
put_info(struct buf *b, size_t begin, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(b, "%s%s: ", b->len == begin ? "Service Info: " : "; ", key);
	escape_text(b, value, strlen(value));
}

static void
put_service_info(struct buf *b, const struct nse_host *h)
{
	const struct service *first[3] = { NULL, NULL, NULL };
	size_t begin = b->len;

	for (size_t i = 0; i < h->nports; i++) {
		const struct service *s = &h->ports[i].svc;
		const char *has[3] = { s->hostname, s->ostype, s->devicetype };

		for (int k = 0; k < 3; k++)
			if (first[k] == NULL && has[k][0] != '\0')
				first[k] = s;
	}
	put_info(b, begin, "Host", first[0] == NULL ? "" : first[0]->hostname);
	put_info(b, begin, "OS", first[1] == NULL ? "" : first[1]->ostype);
	put_info(
	    b, begin, "Device", first[2] == NULL ? "" : first[2]->devicetype);
	if (b->len > begin)
		buf_u8(b, '\n');
}

static void
put_mac(const struct report *r, struct buf *b, const struct nse_host *h)
{
	const char *vendor;
	char text[MAC_TEXT];

	if (!h->has_mac)
		return;
	vendor = netdb_vendor(r->opt.netdb, &h->mac);
	mac_fmt(&h->mac, text);
	for (char *p = text; *p != '\0'; p++)
		*p = *p >= 'a' && *p <= 'f' ? (char)(*p - 'a' + 'A') : *p;
	buf_printf(b, "MAC Address: %s (%s)\n", text,
	    vendor == NULL ? "Unknown" : vendor);
}

static void
put_heading(
    const struct report *r, struct buf *b, const struct scan_record *host)
{
	const struct nse_host *h = host->nse;
	const char *name = display_name(h);
	char text[ADDR_TEXT];

	addr_fmt(&h->addr, text);
	buf_str(b, "Scan report for ");
	escape_text(b, name, strlen(name));
	buf_printf(b, name[0] == '\0' ? "%s" : " (%s)", text);
	buf_str(b, host->probe.up ? "\n" : " [host down");
	if (!host->probe.up && r->opt.reason)
		buf_printf(b, ", received %s", h->reason);
	if (!host->probe.up) {
		buf_str(b, "]\n");
		return;
	}
	if (h->timed_out) {
		buf_str(b, "Skipping host ");
		buf_str(b, name[0] == '\0' ? text : name);
		buf_str(b, " due to host timeout\n");
		return;
	}
	buf_str(b, "Host is up");
	if (r->opt.reason || r->opt.debugging > 0)
		buf_printf(b, ", received %s", h->reason);
	if (host->probe.rtt.samples > 0)
		buf_printf(b, " (%.2gs latency)", host->probe.rtt.srtt_s);
	buf_str(b, ".\n");
	if (h->targetname[0] != '\0' && h->name[0] != '\0' &&
	    strcmp(h->targetname, h->name) != 0) {
		buf_printf(b, "rDNS record for %s: ", text);
		escape_text(b, h->name, strlen(h->name));
		buf_u8(b, '\n');
	}
}

void
report_normal_host(
    const struct report *r, FILE *to, const struct scan_record *host)
{
	struct folds f;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	put_heading(r, &b, host);
	if (host->probe.up && !host->nse->timed_out) {
		folds_of(&r->opt, host, &f);
		put_folds(&b, host->nse, &f);
		if (f.hidden < f.total) {
			buf_u8(&b, '\n');
			put_table(r, &b, host, &f);
		}
		put_mac(r, &b, host->nse);
		put_service_info(&b, host->nse);
		if (host->scripts.count > 0) {
			buf_str(&b, "\nHost script results:\n");
			put_scripts(&b, &host->scripts);
		}
	}
	buf_u8(&b, '\n');
	flush(to, &b);
}

void
report_normal_scripts(FILE *to, const struct script_results *s)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	put_scripts(&b, s);
	flush(to, &b);
}
