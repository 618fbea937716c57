/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows are the fold of the events, whatever happens: many random observations of few addresses and MACs in a
 * table that is far too small, in transactions of random length, with time going by and the inventory restarted now
 * and then. A model that sees nothing but the events must at each end of a transaction know the same hosts and the
 * same open services as the database.
 */
#include "tests/unit/inventory/facts.h"

#define SEEDS 6
#define STEPS 4000
#define IDS_MAX 64
#define PLACES 32
#define PORTS 4

struct model {
	char ids[IDS_MAX][40];	      /* "" = free */
	char open[PLACES][PORTS][40]; /* id of the host it is open on */
	uint64_t sequence;
	uint64_t hosts_seen;
};

/* The text behind @p key in @p json, up to the next quote. */
static bool
value_of(const char *json, const char *key, char *out, size_t size)
{
	const char *at = strstr(json, key);
	size_t n;

	if (at == NULL)
		return false;
	at += strlen(key);
	n = strcspn(at, "\"");
	assert_true(n < size);
	memcpy(out, at, n);
	out[n] = '\0';
	return true;
}

static int
find_id(const struct model *m, const char *id)
{
	int i;

	for (i = 0; i < IDS_MAX; i++) {
		if (strcmp(m->ids[i], id) == 0)
			return i;
	}
	return -1;
}

static void
add_id(struct model *m, const char *id)
{
	int i = find_id(m, "");

	assert_true(find_id(m, id) < 0);
	assert_true(i >= 0);
	memcpy(m->ids[i], id, strlen(id) + 1);
	m->hosts_seen++;
}

static void
remove_id(struct model *m, const char *id, bool with_services)
{
	int i = find_id(m, id), k, port;

	assert_true(i >= 0);
	m->ids[i][0] = '\0';
	for (k = 0; k < PLACES && with_services; k++) {
		for (port = 0; port < PORTS; port++) {
			if (strcmp(m->open[k][port], id) == 0)
				m->open[k][port][0] = '\0';
		}
	}
}

static void
give_place(struct model *m, unsigned place, const char *id)
{
	int port;

	for (port = 0; port < PORTS; port++) {
		if (m->open[place][port][0] != '\0')
			snprintf(m->open[place][port],
			    sizeof(m->open[place][port]), "%s", id);
	}
}

/* The services of the addresses that an event's host has are that host's. */
static void
give_services(struct model *m, const char *json, const char *id)
{
	const char *at = strstr(json, "\"host\":{");
	const char *end;
	unsigned last;

	assert_non_null(at);
	at = strstr(at, "\"ip\":[");
	if (at == NULL)
		return;
	end = strchr(at, ']');
	while ((at = strstr(at, "\"10.0.0.")) != NULL && at < end) {
		assert_int_equal(sscanf(at, "\"10.0.0.%u", &last), 1);
		assert_true(last < PLACES);
		give_place(m, last, id);
		at++;
	}
}

/* The slot of the service that an event is about. */
static char *
place_of(struct model *m, const char *json)
{
	char addr[ADDR_TEXT];
	const char *port = strstr(json, "\"port\":");
	unsigned last, number;

	assert_true(value_of(json, "\"server\":{\"address\":\"", addr, 46));
	assert_int_equal(sscanf(addr, "10.0.0.%u", &last), 1);
	assert_non_null(port);
	number = (unsigned)atoi(port + 7);
	assert_true(last < PLACES && number >= 80 && number < 80 + PORTS);
	return m->open[last][number - 80];
}

static void
fold_change(struct model *m, const char *json, const char *id)
{
	char other[40];

	if (strstr(json, "\"field\":\"earshot.asset.merged_from\"") != NULL) {
		assert_true(value_of(json, "\"new\":\"", other, 40));
		/* It may be told as new itself in the same transaction. */
		if (find_id(m, id) < 0)
			add_id(m, id);
		remove_id(m, other, false);
	}
}

static bool
fold(void *arg, const struct event *e)
{
	struct model *m = arg;
	char id[40] = "";

	assert_int_equal(e->sequence, m->sequence + 1);
	m->sequence = e->sequence;
	assert_true(value_of(e->json, "\"host\":{\"id\":\"", id, sizeof(id)));
	if (e->code != EV_HOST_GONE)
		give_services(m, e->json, id);
	switch (e->code) {
	case EV_HOST_NEW:
		add_id(m, id);
		break;
	case EV_HOST_GONE:
		remove_id(m, id, true);
		break;
	case EV_HOST_CHANGED:
		fold_change(m, e->json, id);
		break;
	case EV_SERVICE_NEW:
		snprintf(place_of(m, e->json), 40, "%s", id);
		break;
	case EV_SERVICE_GONE:
		place_of(m, e->json)[0] = '\0';
		break;
	default:
		break;
	}
	return true;
}

struct counted {
	const struct model *model;
	int hosts;
	int services;
};

static bool
check_asset(void *arg, const void *data)
{
	const struct asset_row *row = data;
	struct counted *c = arg;

	if (strcmp(row->state, "known") != 0)
		return true;
	if (find_id(c->model, row->id) < 0)
		fail_msg("%s is stored and was not told", row->id);
	c->hosts++;
	return true;
}

static bool
check_service(void *arg, const void *data)
{
	const struct service_row *row = data;
	struct counted *c = arg;
	unsigned last;

	if (strcmp(row->state, "open") != 0)
		return true;
	assert_int_equal(sscanf(row->addr, "10.0.0.%u", &last), 1);
	if (c->model->open[last][row->port - 80][0] == '\0')
		fail_msg("%s:%d is stored as open and was not told", row->addr,
		    (int)row->port);
	c->services++;
	return true;
}

static void
compare(struct world *w, struct model *m)
{
	struct counted c = { .model = m };
	int hosts = 0, services = 0, i, k;

	assert_int_equal(
	    store_outbox_read(w->store, m->sequence, SIZE_MAX, fold, m), 0);
	assert_int_equal(store_each_asset(w->store, check_asset, &c), 0);
	assert_int_equal(store_each_service(w->store, check_service, &c), 0);
	for (i = 0; i < IDS_MAX; i++)
		hosts += m->ids[i][0] != '\0';
	for (i = 0; i < PLACES; i++) {
		for (k = 0; k < PORTS; k++)
			services += m->open[i][k][0] != '\0';
	}
	assert_int_equal(c.hosts, hosts);
	assert_int_equal(c.services, services);
}

static uint32_t
draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (*seed >> 8) % below;
}

static void
happen(struct world *w, uint32_t *seed)
{
	static const unsigned strengths[] = { STRENGTH_CLAIMED,
		STRENGTH_ONE_WAY, STRENGTH_UNICAST, STRENGTH_TWO_WAY };
	char addr[32], mac[24];
	uint16_t port = (uint16_t)(80 + draw(seed, PORTS));

	snprintf(addr, sizeof(addr), "10.0.0.%u", 1 + draw(seed, PLACES - 1));
	snprintf(mac, sizeof(mac), "%s:00:5e:00:53:%02x",
	    draw(seed, 4) == 0 ? "02" : "00", draw(seed, 12));
	switch (draw(seed, 8)) {
	case 0:
	case 1:
		say_host(w, addr, strengths[draw(seed, 4)]);
		break;
	case 2:
		say_mac(w, addr, mac);
		break;
	case 3:
	case 4:
		say_service(w, addr, port, SVC_OPEN_SYNACK, "http");
		break;
	case 5:
		say_service(w, addr, port, SVC_CLOSED, "");
		break;
	case 6:
		say_name(w, addr, mac, SRC_MDNS);
		break;
	default:
		say_banner(w, addr, port, "http.server", mac);
		break;
	}
}

static void
pass_time(struct world *w, uint32_t *seed)
{
	w->now_ns += draw(seed, 100) == 0 ? 8 * 86400 * NS_PER_S
					  : (int64_t)draw(seed, 30) * NS_PER_S;
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
}

static void
restart(struct world *w)
{
	struct inventory_options options = {
		.store = w->store, .max_assets = 20, .replay = true
	};

	inventory_free(w->inv);
	assert_int_equal(inventory_new(&options, NULL, &w->inv, NULL), 0);
}

static void
run(uint32_t seed)
{
	struct world *w = world_new(true, 20);
	struct model m;
	int step;

	memset(&m, 0, sizeof(m));
	restart(w);
	for (step = 0; step < STEPS;) {
		uint32_t n = 1 + draw(&seed, 30);

		assert_int_equal(inventory_begin(w->inv), 0);
		for (; n > 0; n--, step++)
			happen(w, &seed);
		assert_int_equal(inventory_commit(w->inv), 0);
		pass_time(w, &seed);
		compare(w, &m);
		if (draw(&seed, 40) == 0)
			restart(w);
	}
	print_message("%d observations, %llu events, %llu hosts told\n", STEPS,
	    (unsigned long long)m.sequence, (unsigned long long)m.hosts_seen);
	world_free(w);
}

static void
rows_are_the_fold_of_the_events(void **state)
{
	uint32_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++)
		run(seed * 2654435761U);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_the_fold_of_the_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
