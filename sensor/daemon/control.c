/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket; see control.h.
 */
#include "sensor/daemon/control.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <uv.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"

#define SOCKET_NAME "control.sock"
#define WORD_MAX_OCTETS 64
#define ANSWER_MAX (1 << 20)
#define CLIENTS_MAX 16
#define ASK_TIMEOUT_S 5

struct control {
	uv_pipe_t listener;
	struct control_ops ops;
	unsigned clients;
	char path[PATH_MAX];
};

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct control *control;
	char word[WORD_MAX_OCTETS];
	size_t len;
	struct buf answer;
};

static int
socket_path(const char *state_dir, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/%s", state_dir, SOCKET_NAME);

	return n < 0 || (size_t)n >= size ? ES_E(RANGE) : 0;
}

/* ---- the sensor's side ---- */

static void
on_client_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	buf_fini(&c->answer);
	free(c);
}

static void
client_close(struct client *c)
{
	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	c->control->clients--;
	uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

static void
on_answered(uv_write_t *write, int status)
{
	(void)status;
	client_close(write->data);
}

static void
answer(struct client *c)
{
	uv_buf_t out;

	if (!c->control->ops.request(c->control->ops.arg, c->word, &c->answer))
		buf_str(&c->answer, "{\"error\":\"unknown request\"}");
	buf_u8(&c->answer, '\n');
	out = uv_buf_init((char *)c->answer.data, (unsigned)c->answer.len);
	c->write.data = c;
	if (c->answer.bad || uv_write(&c->write, (uv_stream_t *)&c->pipe, &out,
				 1, on_answered) < 0)
		client_close(c);
}

static void
on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct client *c = handle->data;

	(void)suggested;
	*out =
	    uv_buf_init(c->word + c->len, (unsigned)(sizeof(c->word) - c->len));
}

static void
on_word(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;
	char *end;

	(void)buf;
	if (n < 0) {
		client_close(c);
		return;
	}
	c->len += (size_t)n;
	end = memchr(c->word, '\n', c->len);
	if (end == NULL) {
		if (c->len == sizeof(c->word))
			client_close(c);
		return;
	}
	*end = '\0';
	uv_read_stop(stream);
	answer(c);
}

/* Every connection is accepted, also to be closed at once: one that is left waiting would stop the listener. */
static void
on_connection(uv_stream_t *listener, int status)
{
	struct control *control = listener->data;
	struct client *c = status < 0 ? NULL : calloc(1, sizeof(*c));

	if (c == NULL)
		return;
	c->control = control;
	c->pipe.data = c;
	buf_init(&c->answer, ANSWER_MAX);
	control->clients++;
	uv_pipe_init(listener->loop, &c->pipe, 0);
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) < 0 ||
	    control->clients > CLIENTS_MAX ||
	    uv_read_start((uv_stream_t *)&c->pipe, on_room, on_word) < 0)
		client_close(c);
}

int
control_open(struct uv_loop_s *loop, const char *state_dir,
    const struct control_ops *ops, struct control **out, struct errbuf *eb)
{
	struct control *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	c->ops = *ops;
	c->listener.data = c;
	if (socket_path(state_dir, c->path, sizeof(c->path)) < 0) {
		free(c);
		return err_set(eb, ES_E(RANGE), "state_dir is too long");
	}
	/* Ours alone: the folder belongs to one sensor at a time. */
	(void)unlink(c->path);
	uv_pipe_init(loop, &c->listener, 0);
	rc = uv_pipe_bind(&c->listener, c->path);
	if (rc == 0 && chmod(c->path, 0600) < 0)
		rc = -errno;
	if (rc == 0)
		rc = uv_listen(
		    (uv_stream_t *)&c->listener, CLIENTS_MAX, on_connection);
	if (rc == 0) {
		*out = c;
		return 0;
	}
	control_close(c);
	return err_set(eb, ES_E(SYS), "cannot listen on %.160s: %s", c->path,
	    uv_strerror(rc));
}

static void
on_listener_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
control_close(struct control *c)
{
	if (c == NULL)
		return;
	(void)unlink(c->path);
	uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}

/* ---- a command's side ---- */

static int
dial(const char *state_dir, struct errbuf *eb)
{
	const struct timeval patience = { .tv_sec = ASK_TIMEOUT_S };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (socket_path(state_dir, sun.sun_path, sizeof(sun.sun_path)) < 0)
		return err_set(eb, ES_E(RANGE), "state_dir is too long");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(eb, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) == 0 &&
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
		err_set(eb, ES_E(NOTFOUND),
		    "no sensor runs on the state folder %s", state_dir);
	else
		err_sys(eb, "cannot reach the sensor at %s", sun.sun_path);
	close(fd);
	return errno == EACCES ? ES_E(DENIED) : ES_E(NOTFOUND);
}

int
control_ask(const char *state_dir, const char *word, struct buf *reply,
    struct errbuf *eb)
{
	char line[WORD_MAX_OCTETS], chunk[4096];
	int n = snprintf(line, sizeof(line), "%s\n", word);
	int fd = dial(state_dir, eb);
	ssize_t got = -1;

	if (fd < 0)
		return fd;
	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) == n)
		while ((got = read(fd, chunk, sizeof(chunk))) > 0)
			buf_put(reply, chunk, (size_t)got);
	if (got < 0)
		err_sys(eb, "the sensor does not answer");
	close(fd);
	while (reply->len > 0 && reply->data[reply->len - 1] == '\n')
		reply->len--;
	return got < 0 ? ES_E(SYS) : 0;
}
