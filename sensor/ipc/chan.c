/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a socket pair between two roles; see chan.h.
 *
 * The kernel refuses a datagram larger than the socket's send buffer, so a
 *message longer than FRAME_MAX goes out in several. The first starts with the
 *message's own header, which says how long the whole is; the others start with
 *
 *	offset 0  u16 magic 0xEA26    2  u8 version    3  u8 0    4  u32 offset
 *in the message    8  u64 sequence
 *
 * and the receiver joins them. A part that is out of place drops what was
 *gathered: its sender died in the middle, and its successor starts anew.
 */
#include "sensor/ipc/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sensor/base/err.h"
#include "sensor/ipc/ring.h"

#define PART_MAGIC 0xea26
#define PART_HEADER 16
#define FRAME_MAX 65536U
#define MESSAGE_MAX (MSG_HEADER + MSG_MAX)
#define SOCKET_BUFFER (1 << 20)
#define SEQ_AT 8
#define WAIT_SLICE_MS 200

struct chan {
	int fd;
	struct ring queue;
	struct chan_stats stats;
	uint8_t frame[FRAME_MAX]; /* the datagram that was received last */
	uint8_t *whole;		  /* a message that is being joined */
	size_t joined;		  /* octets of it; 0 = none under way */
	size_t length;		  /* octets that it will have */
	void (*on_wait)(void *arg);
	void *on_wait_arg;
};

struct chan *
chan_new(int fd, size_t queue_max)
{
	struct chan *c = calloc(1, sizeof(*c));
	int size = SOCKET_BUFFER;

	if (c == NULL)
		return NULL;
	c->fd = -1;
	c->whole = malloc(MESSAGE_MAX);
	if (c->whole == NULL || ring_init(&c->queue, queue_max) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		chan_free(c);
		return NULL;
	}
	c->fd = fd;
	/* As much as the kernel grants; with less there is more waiting. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return c;
}

void
chan_free(struct chan *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	ring_fini(&c->queue);
	free(c->whole);
	free(c);
}

int
chan_fd(const struct chan *c)
{
	return c->fd;
}

struct chan_stats
chan_stats(const struct chan *c)
{
	struct chan_stats s = c->stats;

	s.queued = c->queue.used;
	return s;
}

void
chan_on_wait(struct chan *c, void (*fn)(void *arg), void *arg)
{
	c->on_wait = fn;
	c->on_wait_arg = arg;
}

/* ---- sending ---- */

/* Hand one datagram to the kernel: 1 done, 0 the peer is slow, or a negative
 * code. */
static int
send_parts(int fd, struct iovec *parts, size_t count)
{
	struct msghdr mh = { .msg_iov = parts, .msg_iovlen = count };
	ssize_t n;

	do
		n = sendmsg(fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 1;
	if (errno == EAGAIN || errno == ENOBUFS)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET)
		return ES_E(CLOSED);
	return ES_E(SYS);
}

size_t
chan_room(const struct chan *c)
{
	return c->queue.size - c->queue.used;
}

bool
chan_wants_write(const struct chan *c)
{
	return c->queue.used > 0;
}

int
chan_flush(struct chan *c)
{
	struct iovec frame;
	int rc;

	while (
	    (frame.iov_base = ring_front(&c->queue, &frame.iov_len)) != NULL) {
		rc = send_parts(c->fd, &frame, 1);
		if (rc <= 0)
			return rc;
		ring_pop(&c->queue);
	}
	return 0;
}

static void
part_header(
    uint8_t head[static PART_HEADER], size_t offset, const struct buf *message)
{
	size_t i;

	memset(head, 0, PART_HEADER);
	head[0] = PART_MAGIC >> 8;
	head[1] = PART_MAGIC & 0xff;
	head[2] = MSG_VERSION;
	for (i = 0; i < 4; i++)
		head[4 + i] = (uint8_t)(offset >> (24 - 8 * i));
	memcpy(head + SEQ_AT, message->data + SEQ_AT, 8);
}

/* Queue a message as frames; all of it or nothing. */
static bool
enqueue(struct chan *c, const struct buf *message)
{
	struct ring before = c->queue;
	uint8_t head[PART_HEADER];
	size_t at = 0;

	while (at < message->len) {
		size_t headlen = at == 0 ? 0 : PART_HEADER;
		size_t n = message->len - at;

		if (n > FRAME_MAX - headlen)
			n = FRAME_MAX - headlen;
		part_header(head, at, message);
		if (!ring_push(
			&c->queue, (struct iovec[2]){
				       { .iov_base = head, .iov_len = headlen },
				       { .iov_base = message->data + at,
					   .iov_len = n } })) {
			c->queue = before;
			return false;
		}
		at += n;
	}
	return true;
}

/* As chan_send, without counting a refusal. */
static int
try_send(struct chan *c, const struct buf *message)
{
	struct iovec one = { .iov_base = message->data,
		.iov_len = message->len };
	int rc = chan_flush(c);

	if (rc < 0)
		return rc;
	if (!chan_wants_write(c) && message->len <= FRAME_MAX) {
		rc = send_parts(c->fd, &one, 1);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
	if (!enqueue(c, message))
		return ES_E(FULL);
	return chan_flush(c);
}

int
chan_send(struct chan *c, const struct buf *message)
{
	int rc = try_send(c, message);

	if (rc == 0)
		c->stats.sent++;
	else
		c->stats.dropped++;
	return rc;
}

/* Until the peer takes something, or a slice of time is over. */
static int
wait_writable(struct chan *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLOUT };

	if (poll(&pfd, 1, WAIT_SLICE_MS) < 0 && errno != EINTR)
		return ES_E(SYS);
	if (c->on_wait != NULL)
		c->on_wait(c->on_wait_arg);
	return 0;
}

int
chan_send_wait(struct chan *c, const struct buf *message)
{
	int rc;

	while ((rc = try_send(c, message)) == ES_E(FULL)) {
		/* Refused by an empty queue: it would never fit. */
		if (!chan_wants_write(c))
			break;
		rc = wait_writable(c);
		if (rc < 0)
			break;
	}
	if (rc == 0)
		c->stats.sent++;
	else
		c->stats.dropped++;
	return rc;
}

int
chan_drain(struct chan *c)
{
	int rc = chan_flush(c);

	while (rc == 0 && chan_wants_write(c)) {
		rc = wait_writable(c);
		if (rc == 0)
			rc = chan_flush(c);
	}
	return rc;
}

/* ---- receiving ---- */

/* Length of the next datagram in c->frame; 0 none is there; ES_E(FORMAT) one
 * that cannot be ours. */
static int
receive_frame(struct chan *c, size_t *len)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLRDHUP };
	ssize_t n;

	do
		n = recv(c->fd, c->frame, sizeof(c->frame),
		    MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN	     ? 0
		       : errno == ECONNRESET ? ES_E(CLOSED)
					     : ES_E(SYS);
	/* An empty datagram and the end of the stream look alike. */
	if (n == 0 && poll(&pfd, 1, 0) == 1)
		return ES_E(CLOSED);
	if (n == 0 || (size_t)n > sizeof(c->frame))
		return ES_E(FORMAT);
	*len = (size_t)n;
	return 1;
}

/* Start to join when the datagram is the first of several. */
static bool
starts_long(struct chan *c, size_t len)
{
	struct cursor in = cur_new(c->frame, len);
	uint16_t magic = cur_be16(&in);
	uint32_t body;

	cur_skip(&in, 2);
	body = cur_be32(&in);
	if (cur_bad(&in) || magic != MSG_MAGIC || body > MSG_MAX ||
	    len != FRAME_MAX || MSG_HEADER + (size_t)body <= len)
		return false;
	memcpy(c->whole, c->frame, len);
	c->joined = len;
	c->length = MSG_HEADER + (size_t)body;
	return true;
}

static bool
is_part(const struct chan *c, size_t len)
{
	return len > PART_HEADER && c->frame[0] == PART_MAGIC >> 8 &&
	       c->frame[1] == (PART_MAGIC & 0xff);
}

/* Add a part. False when it is not the one that is missing: then nothing is
 * left. */
static bool
join(struct chan *c, size_t len)
{
	struct cursor in = cur_new(c->frame, len);
	size_t offset;

	cur_skip(&in, 4);
	offset = cur_be32(&in);
	if (c->joined == 0 || offset != c->joined ||
	    memcmp(c->frame + SEQ_AT, c->whole + SEQ_AT, 8) != 0 ||
	    len - PART_HEADER > c->length - c->joined) {
		c->joined = 0;
		return false;
	}
	memcpy(c->whole + c->joined, c->frame + PART_HEADER, len - PART_HEADER);
	c->joined += len - PART_HEADER;
	return true;
}

/* Make a message of the datagram in c->frame: 1 done, 0 more parts are to come,
 * or a negative code. */
static int
take_frame(struct chan *c, size_t len, struct msg *out)
{
	int rc;

	if (is_part(c, len)) {
		if (!join(c, len))
			return ES_E(FORMAT);
		if (c->joined < c->length)
			return 0;
		c->joined = 0;
		rc = msg_parse(c->whole, c->length, out);
		return rc < 0 ? rc : 1;
	}
	if (c->joined > 0) {
		c->stats.invalid++;
		c->joined = 0;
	}
	if (starts_long(c, len))
		return 0;
	rc = msg_parse(c->frame, len, out);
	return rc < 0 ? rc : 1;
}

int
chan_receive(struct chan *c, struct msg *out)
{
	size_t len;
	int rc;

	for (;;) {
		rc = receive_frame(c, &len);
		if (rc == 1)
			rc = take_frame(c, len, out);
		else if (rc != ES_E(FORMAT))
			return rc;
		if (rc == 1)
			break;
		if (rc < 0)
			c->stats.invalid++;
	}
	c->stats.received++;
	return 1;
}
