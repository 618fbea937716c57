/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of publishers, and what several of them need; see publisher.h.
 */
#include "sensor/publish/publisher.h"

#include <jansson.h>
#include <string.h>

#include "sensor/base/str.h"

#define PUBLISHER(name) extern const struct publisher publisher_##name;
#include "sensor/publish/publishers.def"
#undef PUBLISHER

static const struct publisher *const publishers[] = {
#define PUBLISHER(name) &publisher_##name,
#include "sensor/publish/publishers.def"
#undef PUBLISHER
};

const struct publisher *
publisher_find(const char *type)
{
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(publishers); i++)
		if (strcmp(publishers[i]->type, type) == 0)
			return publishers[i];
	return NULL;
}

const struct publisher *
publisher_at(size_t index)
{
	return index < ES_ARRAY_LEN(publishers) ? publishers[index] : NULL;
}

bool
publisher_peek(const char *json, size_t len, struct resume *out)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	json_t *event = json_object_get(root, "event");
	json_t *sequence = json_object_get(event, "sequence");
	const char *id = json_string_value(json_object_get(event, "id"));
	bool ours = json_is_integer(sequence) &&
		    json_integer_value(sequence) > 0 && id != NULL &&
		    strlen(id) < sizeof(out->id);

	if (ours) {
		out->sequence = (uint64_t)json_integer_value(sequence);
		(void)str_copy(out->id, sizeof(out->id), id);
	}
	json_decref(root);
	return ours;
}
