/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonl: events as lines of a file, for shippers that tail: Filebeat, Vector,
 * Wazuh, Splunk's forwarder.
 *
 * Writing happens on libuv's threads, so a slow disk (or a slow reader of "-",
 * which is standard output) delays nobody. The last whole line tells what the
 * file has, and a line torn by a crash is cut off before the first write:
 * together with the cursor every event is there once. At max_octets the file
 * becomes FILE.1, FILE.1 becomes FILE.2, and so on up to `keep`; a file that
 * somebody else moved away (logrotate) is made again.
 *
 * sync: "batch" acknowledges after fdatasync, "second" syncs once a second (a
 * power cut may take that second's events, a dying process none), "never"
 * leaves it to the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "sensor/base/buf.h"
#include "sensor/base/mono.h"
#include "sensor/base/str.h"
#include "sensor/publish/jsonl_file.h"
#include "sensor/publish/publisher.h"

#define MAX_OCTETS (UINT64_C(64) << 20)
#define KEEP 4
#define KEEP_MAX 1000
#define OUTPUT_MAX (4U << 20)
#define SYNC_EVERY_MS 1000
#define RETRY_MS 2000

enum sync {
	SYNC_BATCH,
	SYNC_SECOND,
	SYNC_NEVER
};

struct publisher_instance {
	struct publisher_host host;
	struct jsonl_file file;
	enum sync sync;
	uint64_t last; /* sequence that ends the batch under way; 0 = none */
	struct buf output;
	size_t written;
	struct mono synced;
	bool busy; /* a request is with libuv */
	bool closed;
	unsigned handles;
	uv_fs_t request;
	uv_timer_t retry;
};

static void write_some(struct publisher_instance *p);
static void on_retry(uv_timer_t *timer);

static void
release(struct publisher_instance *p)
{
	if (p->handles > 0 || p->busy)
		return;
	jsonl_file_close(&p->file);
	buf_fini(&p->output);
	free(p);
}

/* Whatever went wrong, the file ends with a whole line again before the next
 * attempt. */
static void
fail(struct publisher_instance *p, const char *what, int error)
{
	char why[200];

	jsonl_file_repair(&p->file);
	p->last = 0;
	(void)snprintf(why, sizeof(why), "%s: %s", what, strerror(error));
	(void)uv_timer_start(&p->retry, on_retry, RETRY_MS, 0);
	p->host.down(p->host.arg, why);
}

static void
on_retry(uv_timer_t *timer)
{
	struct publisher_instance *p = timer->data;
	struct resume resume;

	if (jsonl_file_open(&p->file, &resume) != 0) {
		fail(p, p->file.path, errno);
		return;
	}
	p->host.ready(p->host.arg, &resume);
}

/* ---- one batch ---- */

static void
acked(struct publisher_instance *p)
{
	uint64_t last = p->last;

	p->last = 0;
	p->file.size += p->output.len;
	p->host.acked(p->host.arg, last);
}

static void
on_synced(uv_fs_t *request)
{
	struct publisher_instance *p = request->data;
	ssize_t rc = request->result;

	uv_fs_req_cleanup(request);
	p->busy = false;
	p->synced = mono_now();
	if (p->closed)
		release(p);
	else if (rc < 0 && rc != UV_EINVAL && rc != UV_ENOTSUP)
		fail(p, p->file.path, (int)-rc);
	else
		acked(p);
}

static void
written(struct publisher_instance *p)
{
	bool now = p->sync == SYNC_BATCH ||
		   (p->sync == SYNC_SECOND &&
		       mono_ms_between(p->synced, mono_now()) >= SYNC_EVERY_MS);

	if (p->file.console || !now) {
		acked(p);
		return;
	}
	p->busy = true;
	if (uv_fs_fdatasync(p->host.loop, &p->request, p->file.fd, on_synced) !=
	    0)
		on_synced(&p->request);
}

static void
on_written(uv_fs_t *request)
{
	struct publisher_instance *p = request->data;
	ssize_t rc = request->result;

	uv_fs_req_cleanup(request);
	p->busy = false;
	if (p->closed) {
		release(p);
		return;
	}
	if (rc <= 0) {
		fail(p, p->file.path, rc < 0 ? (int)-rc : EIO);
		return;
	}
	p->written += (size_t)rc;
	if (p->written < p->output.len)
		write_some(p);
	else
		written(p);
}

static void
write_some(struct publisher_instance *p)
{
	uv_buf_t rest = uv_buf_init((char *)p->output.data + p->written,
	    (unsigned)(p->output.len - p->written));

	p->busy = true;
	if (uv_fs_write(p->host.loop, &p->request, p->file.fd, &rest, 1, -1,
		on_written) != 0) {
		p->request.result = UV_ENOMEM;
		on_written(&p->request);
	}
}

static void
on_first_write(uv_timer_t *timer)
{
	struct publisher_instance *p = timer->data;

	if (jsonl_file_check(&p->file) != 0)
		fail(p, p->file.path, errno);
	else if (p->output.bad)
		fail(p, "batch", ENOMEM);
	else
		write_some(p);
}

static void
jsonl_take(
    struct publisher_instance *p, const struct event *events, size_t count)
{
	size_t i;

	es_require(p->last == 0 && !p->busy && count > 0);
	buf_reset(&p->output);
	for (i = 0; i < count; i++) {
		buf_put(&p->output, events[i].json, events[i].json_len);
		buf_u8(&p->output, '\n');
	}
	p->last = events[count - 1].sequence;
	p->written = 0;
	(void)uv_timer_start(&p->retry, on_first_write, 0, 0);
}

/* ---- set up ---- */

static int
parse_sync(const char *text, enum sync *out)
{
	static const char *const names[] = { "batch", "second", "never" };
	size_t i;

	*out = SYNC_SECOND;
	if (text == NULL || *text == '\0')
		return 0;
	for (i = 0; i < ES_ARRAY_LEN(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum sync)i;
			return 0;
		}
	}
	return ES_E(CONFIG);
}

static int
configure(struct publisher_instance *p, const struct publisher_config *config,
    struct errbuf *eb)
{
	const char *url = config->url == NULL ? "" : config->url;

	if (strncmp(url, "file://", 7) == 0)
		url += 7;
	if (*url == '\0')
		return err_set(eb, ES_E(CONFIG),
		    "publish %s: jsonl needs url: a file, or - for standard "
		    "output",
		    config->name);
	p->file.console = strcmp(url, "-") == 0;
	if (!str_copy(p->file.path, sizeof(p->file.path), url))
		return err_set(eb, ES_E(CONFIG),
		    "publish %s: the path is too long", config->name);
	if (parse_sync(config->sync, &p->sync) != 0)
		return err_set(eb, ES_E(CONFIG),
		    "publish %s: sync must be batch, second or never",
		    config->name);
	p->file.max_octets =
	    config->max_octets == 0 ? MAX_OCTETS : config->max_octets;
	p->file.keep = config->keep == 0 ? KEEP : config->keep;
	if (p->file.keep > KEEP_MAX)
		p->file.keep = KEEP_MAX;
	return 0;
}

static int
jsonl_open(const struct publisher_config *config,
    const struct publisher_host *host, struct publisher_instance **out,
    struct errbuf *eb)
{
	struct publisher_instance *p = calloc(1, sizeof(*p));
	struct resume unused;
	int rc;

	if (p == NULL)
		return err_set(eb, ES_E(NOMEM), "publish %s", config->name);
	p->host = *host;
	p->file.fd = -1;
	rc = configure(p, config, eb);
	if (rc == 0 && jsonl_file_open(&p->file, &unused) != 0)
		rc = err_sys(eb,
		    "publish %s: cannot write %s (give a file in a folder that "
		    "the sensor's user may write)",
		    config->name, p->file.path);
	if (rc != 0) {
		free(p);
		return rc;
	}
	jsonl_file_close(&p->file);
	buf_init(&p->output, OUTPUT_MAX);
	p->request.data = p;
	p->synced = mono_now();
	(void)uv_timer_init(host->loop, &p->retry);
	p->retry.data = p;
	p->handles = 1;
	(void)uv_timer_start(&p->retry, on_retry, 0, 0);
	*out = p;
	return 0;
}

static void
jsonl_where(const struct publisher_instance *p, char *out, size_t size)
{
	(void)str_copy(
	    out, size, p->file.console ? "standard output" : p->file.path);
}

static void
on_closed(uv_handle_t *handle)
{
	struct publisher_instance *p = handle->data;

	p->handles--;
	release(p);
}

static void
jsonl_close(struct publisher_instance *p)
{
	p->closed = true;
	if (p->busy)
		(void)uv_cancel((uv_req_t *)&p->request);
	uv_close((uv_handle_t *)&p->retry, on_closed);
}

extern const struct publisher publisher_jsonl;
const struct publisher publisher_jsonl = {
	.type = "jsonl",
	.help = "lines of a file, rotated; - is standard output",
	.open = jsonl_open,
	.where = jsonl_where,
	.take = jsonl_take,
	.close = jsonl_close,
};
