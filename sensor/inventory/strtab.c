/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interned texts; see strtab.h. An entry is one allocation: the count before the text.
 */
#include "sensor/inventory/strtab.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/hash.h"

struct text_block {
	uint32_t owners;
	char text[];
};

struct strtab_entry {
	struct text_block *block;
};

struct wanted {
	const char *text;
	size_t len;
};

void
strtab_init(struct strtab *t, size_t max_octets)
{
	pool_init(&t->pool, sizeof(struct strtab_entry), UINT32_MAX - 1);
	index_init(&t->index);
	t->octets = 0;
	t->max_octets = max_octets;
}

void
strtab_fini(struct strtab *t)
{
	uint32_t i;

	for (i = 0; t->index.slots != NULL && i <= t->index.mask; i++) {
		uint32_t handle = t->index.slots[i].handle;
		struct strtab_entry *e;

		if (handle == UINT32_MAX)
			continue;
		e = pool_at(&t->pool, handle);
		free(e->block);
	}
	index_fini(&t->index);
	pool_fini(&t->pool);
}

static bool
same_text(const void *arg, const void *key, uint32_t handle)
{
	const struct pool *pool = arg;
	const struct wanted *w = key;
	const struct strtab_entry *e = pool_at(pool, handle);

	return strncmp(e->block->text, w->text, w->len) == 0 &&
	       e->block->text[w->len] == '\0';
}

static const char *
add_text(struct strtab *t, const struct wanted *w, uint64_t hash)
{
	struct strtab_entry *e;
	struct text_block *block;
	uint32_t handle;

	if (t->octets + w->len > t->max_octets)
		return "";
	handle = pool_take(&t->pool);
	if (handle == UINT32_MAX)
		return "";
	block = malloc(sizeof(*block) + w->len + 1);
	if (block == NULL || index_add(&t->index, hash, handle) < 0) {
		free(block);
		pool_release(&t->pool, handle);
		return "";
	}
	block->owners = 1;
	memcpy(block->text, w->text, w->len);
	block->text[w->len] = '\0';
	e = pool_at(&t->pool, handle);
	e->block = block;
	t->octets += w->len;
	return block->text;
}

const char *
strtab_take(struct strtab *t, const void *text, size_t len)
{
	struct wanted w = { .text = text, .len = len };
	const char *nul = len == 0 ? NULL : memchr(text, 0, len);
	struct strtab_entry *e;
	uint64_t hash;
	uint32_t handle;

	if (nul != NULL)
		w.len = (size_t)(nul - w.text);
	if (w.len == 0)
		return "";
	hash = hash_bytes(w.text, w.len);
	handle = index_find(&t->index, hash, same_text, &t->pool, &w);
	if (handle == UINT32_MAX)
		return add_text(t, &w, hash);
	e = pool_at(&t->pool, handle);
	e->block->owners++;
	return e->block->text;
}

void
strtab_drop(struct strtab *t, const char *text)
{
	struct text_block *block;
	struct strtab_entry *e;
	uint32_t handle;
	struct wanted w = { .text = text };
	uint64_t hash;

	if (text == NULL || text[0] == '\0')
		return;
	w.len = strlen(text);
	hash = hash_bytes(text, w.len);
	handle = index_find(&t->index, hash, same_text, &t->pool, &w);
	if (handle == UINT32_MAX)
		return;
	e = pool_at(&t->pool, handle);
	block = e->block;
	if (--block->owners > 0)
		return;
	t->octets -= w.len;
	index_remove(&t->index, hash, handle);
	pool_release(&t->pool, handle);
	free(block);
}
