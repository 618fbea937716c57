/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nmap's XML (nmap.dtd, xmloutputversion 1.05). The scanner attribute says "nmap" because the DTD knows no other; the
 * comment and the version say who wrote it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/netdb.h"
#include "engine/scan/escape.h"
#include "engine/scan/report.h"

#define TEXT_MAX (64U << 20)

/* Everything goes through one buffer a block, so that only escape.c decides about octets. */
static void
flush(struct report *r, struct buf *b)
{
	if (!b->bad)
		fwrite(b->data, 1, b->len, r->xml);
	buf_fini(b);
	fflush(r->xml);
}

static void
attribute(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, " %s=\"", name);
	escape_xml_str(b, value);
	buf_u8(b, '"');
}

static void
attribute_if(struct buf *b, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		attribute(b, name, value);
}

static long long
seconds(struct wall w)
{
	return (long long)(w.ns / NS_PER_S);
}

static void
date(struct buf *b, struct wall w)
{
	time_t t = (time_t)seconds(w);
	struct tm tm;
	char text[64];

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
	buf_str(b, text);
}

/* "1,3-7,9". */
static void
ranges(struct buf *b, const struct port_list *list)
{
	for (size_t i = 0; i < list->count;) {
		size_t j = i;

		while (j + 1 < list->count &&
		       list->ports[j + 1] == list->ports[j] + 1)
			j++;
		buf_printf(b, i == 0 ? "%u" : ",%u", list->ports[i]);
		if (j > i)
			buf_printf(b, "-%u", list->ports[j]);
		i = j + 1;
	}
}

static void
scaninfo(struct buf *b, const char *type, const char *proto,
    const struct port_list *list)
{
	buf_printf(b,
	    "<scaninfo type=\"%s\" protocol=\"%s\" numservices=\"%zu\" "
	    "services=\"",
	    type, proto, list->count);
	ranges(b, list);
	buf_str(b, "\"/>\n");
}

void
report_xml_begin(struct report *r)
{
	const struct report_options *o = &r->opt;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	buf_str(&b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!DOCTYPE nmaprun>\n<!-- earshot " ES_VERSION " scan initiated ");
	date(&b, r->started);
	buf_str(&b, " as: ");
	escape_xml_str(&b, o->args);
	buf_str(&b, " -->\n<nmaprun scanner=\"nmap\"");
	attribute(&b, "args", o->args);
	buf_printf(&b, " start=\"%lld\" startstr=\"", seconds(r->started));
	date(&b, r->started);
	buf_str(
	    &b, "\" version=\"" ES_VERSION "\" xmloutputversion=\"1.05\">\n");
	if (o->connect)
		scaninfo(&b, "connect", "tcp", o->tcp);
	if (o->udp)
		scaninfo(&b, "udp", "udp", o->udp_ports);
	buf_printf(&b, "<verbose level=\"%d\"/>\n<debugging level=\"%d\"/>\n",
	    o->verbosity, o->debugging);
	flush(r, &b);
}

static void
put_scripts(struct buf *b, const struct script_results *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct script_result *result = &s->items[i];

		buf_str(b, "<script");
		attribute(b, "id", result->id);
		buf_str(b, " output=\"");
		escape_xml(b, result->text, result->len);
		if (result->xml == NULL) {
			buf_str(b, "\"/>");
		} else {
			buf_str(b, "\">");
			buf_str(b, result->xml);
			buf_str(b, "</script>");
		}
	}
}

static void
put_service(struct buf *b, const struct nse_port *port)
{
	const struct service *s = &port->svc;

	if (s->name[0] == '\0' && !port->probed)
		return;
	buf_str(b, "<service");
	attribute(b, "name", s->name[0] == '\0' ? "unknown" : s->name);
	attribute_if(b, "product", s->product);
	attribute_if(b, "version", s->version);
	attribute_if(b, "extrainfo", s->extrainfo);
	attribute_if(b, "hostname", s->hostname);
	attribute_if(b, "ostype", s->ostype);
	attribute_if(b, "devicetype", s->devicetype);
	attribute_if(b, "servicefp", port->fp);
	attribute_if(b, "tunnel", s->tunnel);
	buf_printf(b, " method=\"%s\" conf=\"%u\"",
	    port->probed ? "probed" : "table", s->confidence);
	if (s->cpe[0][0] == '\0') {
		buf_str(b, "/>");
		return;
	}
	buf_u8(b, '>');
	for (size_t i = 0; i < ES_ARRAY_LEN(s->cpe); i++) {
		if (s->cpe[i][0] == '\0')
			continue;
		buf_str(b, "<cpe>");
		escape_xml_str(b, s->cpe[i]);
		buf_str(b, "</cpe>");
	}
	buf_str(b, "</service>");
}

static void
put_port(struct buf *b, const struct port_walk *w)
{
	buf_printf(b,
	    "<port protocol=\"%s\" portid=\"%u\"><state state=\"%s\" "
	    "reason=\"%s\" reason_ttl=\"%u\"/>",
	    proto_text(w->proto), w->number, port_state_text(w->state),
	    w->reason, w->ttl);
	if (w->port != NULL) {
		put_service(b, w->port);
		put_scripts(b, w->scripts);
	}
	buf_str(b, "</port>\n");
}

static void
put_fold_state(struct buf *b, const struct folds *f, unsigned state)
{
	unsigned count = 0;

	for (size_t i = 0; i < f->count; i++)
		if (f->rows[i].state == state)
			count += f->rows[i].count;
	if (count == 0)
		return;
	buf_printf(b, "<extraports state=\"%s\" count=\"%u\">\n",
	    port_state_text(state), count);
	for (size_t i = 0; i < f->count; i++)
		if (f->rows[i].state == state)
			buf_printf(b,
			    "<extrareasons reason=\"%s\" count=\"%u\" "
			    "proto=\"%s\"/>\n",
			    f->rows[i].reason, f->rows[i].count,
			    proto_text(f->rows[i].proto));
	buf_str(b, "</extraports>\n");
}

static void
put_ports(struct report *r, struct buf *b, const struct scan_record *host)
{
	struct port_walk w = port_walk_begin(&r->opt, host);
	struct folds f;

	folds_of(&r->opt, host, &f);
	if (f.total == 0)
		return;
	buf_str(b, "<ports>");
	for (unsigned s = 0; s < ES_ARRAY_LEN(f.folded); s++)
		if (f.folded[s])
			put_fold_state(b, &f, s);
	while (port_walk_next(&w))
		if (!f.folded[w.state])
			put_port(b, &w);
	buf_str(b, "</ports>\n");
}

static void
put_address(struct report *r, struct buf *b, const struct nse_host *host)
{
	char text[ADDR_TEXT], mac[MAC_TEXT];

	buf_printf(b, "<address addr=\"%s\" addrtype=\"ipv%u\"/>\n",
	    addr_fmt(&host->addr, text), host->addr.family);
	if (!host->has_mac)
		return;
	mac_fmt(&host->mac, mac);
	for (char *p = mac; *p != '\0'; p++)
		*p = *p >= 'a' && *p <= 'f' ? (char)(*p - 'a' + 'A') : *p;
	buf_printf(b, "<address addr=\"%s\" addrtype=\"mac\"", mac);
	attribute_if(b, "vendor", netdb_vendor(r->opt.netdb, &host->mac));
	buf_str(b, "/>\n");
}

static void
put_hostname(struct buf *b, const char *name, const char *type)
{
	if (name[0] == '\0')
		return;
	buf_str(b, "<hostname");
	attribute(b, "name", name);
	attribute(b, "type", type);
	buf_str(b, "/>\n");
}

static void
put_times(struct buf *b, const struct nse_host *host)
{
	buf_printf(b, "<times srtt=\"%.0f\" rttvar=\"%.0f\" to=\"%.0f\"/>\n",
	    host->srtt_s * 1e6, host->rttvar_s * 1e6, host->timeout_s * 1e6);
}

void
report_xml_host(struct report *r, const struct scan_record *host)
{
	const struct nse_host *h = host->nse;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	buf_printf(&b, "<host starttime=\"%lld\" endtime=\"%lld\"%s>",
	    seconds(host->probe.started), seconds(host->probe.ended),
	    h->timed_out ? " timedout=\"true\"" : "");
	buf_printf(&b,
	    "<status state=\"%s\" reason=\"%s\" reason_ttl=\"%u\"/>\n",
	    host->probe.up ? "up" : "down", h->reason, h->reason_ttl);
	put_address(r, &b, h);
	buf_str(&b, "<hostnames>\n");
	put_hostname(&b, h->targetname, "user");
	put_hostname(&b, h->name, "PTR");
	buf_str(&b, "</hostnames>\n");
	if (host->probe.up && !h->timed_out) {
		put_ports(r, &b, host);
		if (host->scripts.count > 0) {
			buf_str(&b, "<hostscript>");
			put_scripts(&b, &host->scripts);
			buf_str(&b, "</hostscript>");
		}
		put_times(&b, h);
	}
	buf_str(&b, "</host>\n");
	flush(r, &b);
}

void
report_xml_scripts(struct report *r, const struct script_results *s)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	put_scripts(&b, s);
	flush(r, &b);
}

void
report_xml_end(
    struct report *r, double elapsed_s, const char *summary, bool interrupted)
{
	struct wall now = wall_now();
	struct buf b;

	buf_init(&b, TEXT_MAX);
	buf_printf(
	    &b, "<runstats><finished time=\"%lld\" timestr=\"", seconds(now));
	date(&b, now);
	buf_str(&b, "\" summary=\"");
	escape_xml_str(&b, summary);
	buf_printf(&b, "\" elapsed=\"%.2f\" exit=\"%s\"/>", elapsed_s,
	    interrupted ? "error" : "success");
	buf_printf(&b,
	    "<hosts up=\"%zu\" down=\"%zu\" total=\"%zu\"/>\n</runstats>\n"
	    "</nmaprun>\n",
	    r->up, r->down, r->up + r->down);
	flush(r, &b);
}
