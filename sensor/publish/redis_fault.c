/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes of error replies; see redis_fault.h. The code words are those of
 * Redis 5 to 8 and Valkey. A plain ERR has no word of its own, so those that
 * matter are told by their sentence; the rest counts as a fault of the
 * configuration, because sending the same again cannot help.
 */
#include "sensor/publish/redis_fault.h"

#include <stdbool.h>
#include <string.h>

#include "sensor/base/attrs.h"

struct row {
	const char *start; /* of the reply */
	const char *holds; /* further on in it; NULL = anything */
	enum redis_fault fault;
	const char *remedy;
};

static const struct row rows[] = {
	{ "OOM", NULL, REDIS_FAULT_WAIT,
	    "raise maxmemory of redis or lower maxlen" },
	{ "LOADING", NULL, REDIS_FAULT_WAIT, "" },
	{ "BUSY", NULL, REDIS_FAULT_WAIT, "" },
	{ "TRYAGAIN", NULL, REDIS_FAULT_WAIT, "" },
	{ "MASTERDOWN", NULL, REDIS_FAULT_WAIT, "" },
	{ "NOREPLICAS", NULL, REDIS_FAULT_WAIT, "" },
	{ "CLUSTERDOWN", NULL, REDIS_FAULT_WAIT, "" },
	{ "READONLY", NULL, REDIS_FAULT_WAIT,
	    "this server is a replica: give the primary's address" },
	{ "MISCONF", NULL, REDIS_FAULT_WAIT,
	    "redis cannot save to its disk: see its log" },
	{ "EXECABORT", NULL, REDIS_FAULT_WAIT, "" },
	{ "ERR", "equal or smaller", REDIS_FAULT_ORDER, "" },
	{ "ERR", "max number of clients", REDIS_FAULT_WAIT,
	    "raise maxclients of redis" },
	{ "NOAUTH", NULL, REDIS_FAULT_CONFIG,
	    "set the password in url or password_file" },
	{ "WRONGPASS", NULL, REDIS_FAULT_CONFIG,
	    "check username and password" },
	{ "ERR", "invalid password", REDIS_FAULT_CONFIG, "check the password" },
	{ "ERR", "without any password", REDIS_FAULT_CONFIG,
	    "the server has no password: remove ours" },
	{ "NOPERM", NULL, REDIS_FAULT_CONFIG,
	    "give this user the commands and the key in its ACL" },
	{ "WRONGTYPE", NULL, REDIS_FAULT_CONFIG,
	    "the key holds another type: choose another key" },
	{ "ERR", "DB index", REDIS_FAULT_CONFIG,
	    "choose a database number the server has" },
	{ "MOVED", NULL, REDIS_FAULT_CONFIG,
	    "the key lives on another cluster node: give its address" },
	{ "DENIED", NULL, REDIS_FAULT_CONFIG,
	    "redis runs in protected mode: set a password or bind it" },
	{ "ERR", "unknown command", REDIS_FAULT_CONFIG,
	    "the server is too old or the command is renamed" },
};

static bool
starts(const char *text, size_t len, const char *start)
{
	size_t n = strlen(start);

	return len >= n && memcmp(text, start, n) == 0 &&
	       (len == n || text[n] == ' ');
}

enum redis_fault
redis_fault_of(const char *text, size_t len, const char **remedy)
{
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		if (!starts(text, len, r->start))
			continue;
		if (r->holds != NULL &&
		    memmem(text, len, r->holds, strlen(r->holds)) == NULL)
			continue;
		if (remedy != NULL)
			*remedy = r->remedy;
		return r->fault;
	}
	if (remedy != NULL)
		*remedy = "";
	return REDIS_FAULT_CONFIG;
}

const char *
redis_fault_name(enum redis_fault fault)
{
	switch (fault) {
	case REDIS_FAULT_LINK:
		return "link";
	case REDIS_FAULT_WAIT:
		return "waiting";
	case REDIS_FAULT_CONFIG:
		return "refused";
	case REDIS_FAULT_ORDER:
		return "order";
	}
	return "unknown";
}
