/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESP2 by hiredis 0.14's codec; see redis_resp.h. The reader calls us back to
 * make each object, which is where the limits are: a function that returns NULL
 * makes it give up with an error.
 */
#include "sensor/publish/redis_resp.h"

#include <hiredis/hiredis.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"

struct resp_reader {
	redisReader *codec;
	redisReplyObjectFunctions functions;
	size_t items;  /* made for the reply under way */
	size_t octets; /* taken for it */
};

void
resp_free(struct resp *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->count; i++)
		resp_free(v->items[i]);
	free(v->items);
	free(v->text);
	free(v);
}

static struct resp *
make(const redisReadTask *task, enum resp_type type, size_t items)
{
	struct resp_reader *r = task->privdata;
	struct resp *v;

	if (items > RESP_ITEMS_MAX - r->items)
		return NULL;
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->type = type;
	r->items += items;
	return v;
}

/* Hang a finished object into its array; the codec fills arrays in order, so
 * count is what is there. */
static void
hang(const redisReadTask *task, struct resp *v)
{
	struct resp *parent;

	if (task->parent == NULL)
		return;
	parent = task->parent->obj;
	parent->items[parent->count++] = v;
}

static void *
make_string(const redisReadTask *task, char *text, size_t len)
{
	struct resp *v = make(task,
	    task->type == REDIS_REPLY_ERROR    ? RESP_ERROR
	    : task->type == REDIS_REPLY_STATUS ? RESP_STATUS
					       : RESP_STRING,
	    0);

	if (v == NULL)
		return NULL;
	v->text = malloc(len + 1);
	if (v->text == NULL) {
		free(v);
		return NULL;
	}
	memcpy(v->text, text, len);
	v->text[len] = '\0';
	v->len = len;
	hang(task, v);
	return v;
}

static void *
make_array(const redisReadTask *task, int count)
{
	size_t n = count > 0 ? (size_t)count : 0;
	struct resp *v = make(task, RESP_ARRAY, n);

	if (v == NULL)
		return NULL;
	if (n > 0) {
		v->items = calloc(n, sizeof(struct resp *));
		if (v->items == NULL) {
			free(v);
			return NULL;
		}
	}
	hang(task, v);
	return v;
}

static void *
make_integer(const redisReadTask *task, long long value)
{
	struct resp *v = make(task, RESP_INTEGER, 0);

	if (v == NULL)
		return NULL;
	v->integer = value;
	hang(task, v);
	return v;
}

static void *
make_nil(const redisReadTask *task)
{
	struct resp *v = make(task, RESP_NIL, 0);

	if (v != NULL)
		hang(task, v);
	return v;
}

static void
resp_free_object(void *object)
{
	resp_free(object);
}

struct resp_reader *
resp_reader_new(void)
{
	struct resp_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->functions = (redisReplyObjectFunctions){
		.createString = make_string,
		.createArray = make_array,
		.createInteger = make_integer,
		.createNil = make_nil,
		.freeObject = resp_free_object,
	};
	r->codec = redisReaderCreateWithFunctions(&r->functions);
	if (r->codec == NULL) {
		free(r);
		return NULL;
	}
	r->codec->privdata = r;
	return r;
}

void
resp_reader_free(struct resp_reader *r)
{
	if (r == NULL)
		return;
	redisReaderFree(r->codec);
	free(r);
}

int
resp_reader_feed(struct resp_reader *r, const char *data, size_t len)
{
	r->octets += len;
	if (r->octets > RESP_OCTETS_MAX)
		return ES_E(FORMAT);
	return redisReaderFeed(r->codec, data, len) == REDIS_OK ? 0
								: ES_E(NOMEM);
}

int
resp_reader_next(struct resp_reader *r, struct resp **out)
{
	void *reply = NULL;

	*out = NULL;
	if (redisReaderGetReply(r->codec, &reply) != REDIS_OK)
		return ES_E(FORMAT);
	if (reply != NULL) {
		r->items = 0;
		r->octets = r->codec->len - r->codec->pos;
	}
	*out = reply;
	return 0;
}

int
resp_command(
    struct buf *out, size_t argc, const char **argv, const size_t *lens)
{
	char *text = NULL;
	int n;

	if (argc > INT_MAX)
		return ES_E(RANGE);
	n = redisFormatCommandArgv(&text, (int)argc, argv, lens);
	if (n < 0)
		return ES_E(NOMEM);
	buf_put(out, text, (size_t)n);
	redisFreeCommand(text);
	return out->bad ? ES_E(FULL) : 0;
}
