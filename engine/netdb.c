/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of numbers: see netdb.h. A file is kept whole in memory; the tables
 *point into it. Services are one array a protocol indexed by port (the empty
 *parts of it never become resident), prefixes a sorted array.
 *
 * Formats, all with '#' comments:
 *	nmap-services		NAME PORT/PROTO [FREQUENCY]
 *	nmap-protocols		NAME NUMBER
 *	nmap-mac-prefixes	HEXDIGITS MAKER (6, 7 or 9 digits)
 */
#include "engine/netdb.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"
#include "sensor/base/log.h"

#define FILE_MAX (16L << 20)
#define PORTS 65536
#define PROTOCOLS 256
#define MAC_BITS 48

enum file_kind {
	FILE_SERVICES,
	FILE_PROTOCOLS,
	FILE_PREFIXES,
	FILE_KINDS
};

static const struct {
	const char *name;
	const char *fallback;
} files[FILE_KINDS] = {
	[FILE_SERVICES] = { "nmap-services", "/etc/services" },
	[FILE_PROTOCOLS] = { "nmap-protocols", "/etc/protocols" },
	[FILE_PREFIXES] = { "nmap-mac-prefixes", NULL },
};

struct service_row {
	const char *name;
	float frequency;
};

struct prefix_row {
	uint64_t key; /* the prefix, left-aligned in 48 bits, then its length */
	const char *maker;
};

struct netdb {
	const char *const *datadirs;
	size_t ndatadirs;
	bool tried[FILE_KINDS];
	char *text[FILE_KINDS];
	struct service_row *services[3]; /* TCP, UDP, SCTP */
	const char *protocols[PROTOCOLS];
	struct prefix_row *prefixes;
	size_t nprefixes;
};

int
netdb_new(const char *const *datadirs, size_t ndatadirs, struct netdb **out)
{
	struct netdb *db = calloc(1, sizeof(*db));

	*out = db;
	if (db == NULL)
		return ES_E(NOMEM);
	db->datadirs = datadirs;
	db->ndatadirs = ndatadirs;
	return 0;
}

void
netdb_free(struct netdb *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < FILE_KINDS; i++)
		free(db->text[i]);
	for (size_t i = 0; i < 3; i++)
		free(db->services[i]);
	free(db->prefixes);
	free(db);
}

/* ---- reading ------------------------------------------------------------- */

static char *
read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	long size;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0 &&
	    size <= FILE_MAX && fseek(f, 0, SEEK_SET) == 0 &&
	    (text = malloc((size_t)size + 1)) != NULL) {
		size_t n = fread(text, 1, (size_t)size, f);

		text[n] = '\0';
	}
	fclose(f);
	return text;
}

static char *
read_kind(const struct netdb *db, enum file_kind kind)
{
	char path[4096];

	for (size_t i = 0; i < db->ndatadirs; i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", db->datadirs[i],
		    files[kind].name);
		char *text = n < (int)sizeof(path) ? read_all(path) : NULL;

		if (text != NULL)
			return text;
	}
	return files[kind].fallback == NULL ? NULL
					    : read_all(files[kind].fallback);
}

/* The next line without its comment, cut in place; NULL at the end. */
static char *
next_line(char **at)
{
	char *line = *at;

	if (*line == '\0')
		return NULL;
	size_t n = strcspn(line, "\n");
	*at = line + n + (line[n] == '\n');
	line[n] = '\0';
	line[strcspn(line, "#")] = '\0';
	return line;
}

static char *
next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r");
	size_t n = strcspn(word, " \t\r");

	if (n == 0)
		return NULL;
	*line = word + n + (word[n] != '\0');
	word[n] = '\0';
	return word;
}

static int
proto_index(unsigned proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 0;
	case IPPROTO_UDP:
		return 1;
	case IPPROTO_SCTP:
		return 2;
	default:
		return -1;
	}
}

static void
add_service(struct netdb *db, char *line)
{
	const char *name = next_word(&line);
	const char *where = next_word(&line);
	const char *frequency = next_word(&line);
	char *slash;
	int i = -1;

	if (where == NULL)
		return;
	unsigned long port = strtoul(where, &slash, 10);
	if (*slash != '/' || port >= PORTS)
		return;
	if (strcmp(slash + 1, "tcp") == 0)
		i = proto_index(IPPROTO_TCP);
	else if (strcmp(slash + 1, "udp") == 0)
		i = proto_index(IPPROTO_UDP);
	else if (strcmp(slash + 1, "sctp") == 0)
		i = proto_index(IPPROTO_SCTP);
	if (i < 0 || db->services[i] == NULL ||
	    db->services[i][port].name != NULL)
		return;
	db->services[i][port] = (struct service_row){ .name = name,
		.frequency =
		    frequency == NULL ? 0.0F : strtof(frequency, NULL) };
}

static void
add_protocol(struct netdb *db, char *line)
{
	const char *name = next_word(&line);
	const char *number = next_word(&line);
	char *end;

	if (number == NULL)
		return;
	unsigned long n = strtoul(number, &end, 10);
	if (*end == '\0' && n < PROTOCOLS && db->protocols[n] == NULL)
		db->protocols[n] = name;
}

static uint64_t
prefix_key(uint64_t prefix, unsigned bits)
{
	uint64_t mask = ~UINT64_C(0) << (MAC_BITS - bits);

	return (prefix & mask) << 8 | bits;
}

static void
add_prefix(struct netdb *db, char *line)
{
	const char *digits = next_word(&line);
	char *end;

	if (digits == NULL)
		return;
	size_t n = strlen(digits);
	uint64_t value = strtoull(digits, &end, 16);
	line += strspn(line, " \t");
	line[strcspn(line, "\r")] = '\0';
	if (*end != '\0' || n < 6 || n > 12 || *line == '\0')
		return;
	/* Doubles at every power of two; below that there is room. */
	if ((db->nprefixes & (db->nprefixes - 1)) == 0) {
		size_t cap = db->nprefixes == 0 ? 1 : db->nprefixes * 2;
		struct prefix_row *rows =
		    realloc(db->prefixes, cap * sizeof(*rows));

		if (rows == NULL)
			return;
		db->prefixes = rows;
	}
	unsigned bits = (unsigned)n * 4;
	db->prefixes[db->nprefixes++] = (struct prefix_row){
		.key = prefix_key(value << (MAC_BITS - bits), bits),
		.maker = line
	};
}

static int
compare_prefix(const void *a, const void *b)
{
	const struct prefix_row *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* Read the file of this kind unless that was tried before. */
static void
need(struct netdb *db, enum file_kind kind)
{
	static void (*const add[FILE_KINDS])(struct netdb *, char *) = {
		[FILE_SERVICES] = add_service,
		[FILE_PROTOCOLS] = add_protocol,
		[FILE_PREFIXES] = add_prefix,
	};
	char *at, *line;

	if (db->tried[kind])
		return;
	db->tried[kind] = true;
	for (size_t i = 0; kind == FILE_SERVICES && i < 3; i++)
		db->services[i] = calloc(PORTS, sizeof(struct service_row));
	at = db->text[kind] = read_kind(db, kind);
	if (at == NULL) {
		log_info(
		    "netdb", "no %s in the data folders", files[kind].name);
		return;
	}
	while ((line = next_line(&at)) != NULL)
		add[kind](db, line);
	if (kind == FILE_PREFIXES && db->nprefixes > 0)
		qsort(db->prefixes, db->nprefixes, sizeof(*db->prefixes),
		    compare_prefix);
}

/* ---- asking -------------------------------------------------------------- */

static const struct service_row *
service_table(struct netdb *db, unsigned proto)
{
	int i = proto_index(proto);

	need(db, FILE_SERVICES);
	return i < 0 ? NULL : db->services[i];
}

const char *
netdb_service(struct netdb *db, unsigned proto, uint16_t port)
{
	const struct service_row *rows = service_table(db, proto);

	return rows == NULL ? NULL : rows[port].name;
}

int
netdb_service_port(struct netdb *db, unsigned proto, const char *name)
{
	const struct service_row *rows = service_table(db, proto);

	for (int port = 0; rows != NULL && port < PORTS; port++)
		if (rows[port].name != NULL &&
		    strcmp(rows[port].name, name) == 0)
			return port;
	return -1;
}

struct ranked {
	float frequency;
	uint16_t port;
};

/* Most common first, then by number. */
static int
compare_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->frequency > y->frequency || x->frequency < y->frequency)
		return x->frequency > y->frequency ? -1 : 1;
	return (int)x->port - (int)y->port;
}

size_t
netdb_top_ports(struct netdb *db, unsigned proto, uint16_t *out, size_t max)
{
	const struct service_row *rows = service_table(db, proto);
	struct ranked *all = calloc(PORTS, sizeof(*all));
	size_t n = 0;

	for (unsigned port = 0; rows != NULL && all != NULL && port < PORTS;
	     port++)
		if (rows[port].name != NULL)
			all[n++] = (struct ranked){ .port = (uint16_t)port,
				.frequency = rows[port].frequency };
	if (n > 0)
		qsort(all, n, sizeof(*all), compare_rank);
	n = n < max ? n : max;
	for (size_t i = 0; i < n; i++)
		out[i] = all[i].port;
	free(all);
	return n;
}

const char *
netdb_protocol_name(struct netdb *db, unsigned number)
{
	need(db, FILE_PROTOCOLS);
	return number < PROTOCOLS ? db->protocols[number] : NULL;
}

int
netdb_protocol_number(struct netdb *db, const char *name)
{
	need(db, FILE_PROTOCOLS);
	for (int i = 0; i < PROTOCOLS; i++)
		if (db->protocols[i] != NULL &&
		    strcmp(db->protocols[i], name) == 0)
			return i;
	return -1;
}

const char *
netdb_vendor(struct netdb *db, const struct mac *mac)
{
	uint64_t value = 0;

	need(db, FILE_PREFIXES);
	for (int i = 0; i < 6; i++)
		value = value << 8 | mac->b[i];
	for (unsigned bits = MAC_BITS; bits >= 24; bits -= 4) {
		struct prefix_row key = { .key = prefix_key(value, bits) };
		const struct prefix_row *row =
		    db->nprefixes == 0
			? NULL
			: bsearch(&key, db->prefixes, db->nprefixes,
			      sizeof(*db->prefixes), compare_prefix);

		if (row != NULL)
			return row->maker;
	}
	return NULL;
}
