/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock: a TCP, UDP or TLS socket that never blocks. No Lua here: engine/lib/lib_nmap_socket.c makes NSE's socket
 * object of it (nse-modules §1).
 *
 * Every operation is one try: it is done, it failed, or it says what to wait for. The caller waits and tries again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "engine/net/gate.h"
#include "engine/net/slots.h"
#include "engine/net/watch.h"
#include "engine/thread.h"
#include "sensor/base/buf.h"
#include "sensor/model/addr.h"

struct lookup;
struct ssl_st;
struct x509_st;

/* Where to: an address with what IPv6 link-local needs. */
struct endpoint {
	struct addr addr;
	uint32_t zone; /* interface index, 0 = none */
	uint16_t port;
};

enum io {
	IO_DONE,
	IO_WANT_READ,
	IO_WANT_WRITE,
	IO_EOF,
	IO_ERROR
};

#define SOCK_TIMEOUT_MS 30000
#define SOCK_READ_PIECE 8192
#define SOCK_READ_MAX (72 * SOCK_READ_PIECE)
#define SOCK_BUFFER_MAX (16U * 1024 * 1024)

struct sock {
	struct engine *engine;
	int fd; /* -1 = no descriptor */
	bool
	    open; /* the script sees it as open (also after a failed connect) */
	bool udp; /* transport */
	bool peered; /* connect succeeded in fixing a peer */
	bool failed; /* connect or handshake failed: only close helps */
	int family;  /* AF_ of implicit opens */
	struct endpoint
	    peer; /* connected to; UDP: or last heard from, last sent to */
	char ifname[32]; /* bound to this interface; "" = any */
	bool has_bind;
	struct sockaddr_storage bind;
	char server_name[256]; /* for SNI; "" = none */
	int64_t timeout_ms;    /* -1 = none */
	int64_t deadline_ns; /* of the operation under way; INT64_MAX = none */
	const void *owner;   /* coroutine that uses it; compared only */
	struct buf rest;     /* left over by receive_buf */
	struct buf got;	     /* collected by the operation under way */
	size_t sent;
	struct ssl_st *ssl;
	struct watch *watch;
	bool waiting;
	bool cancelled; /* closed by others during a wait */
	struct wait_token token;
	struct gate_contact contact;
	struct nse_thread *holder; /* whose slot it uses */
	LIST_ENTRY(sock) holder_link;
	LIST_ENTRY(sock) open_link; /* engine's list of descriptors */
	struct slot_waiter slot;
	struct close_handler cleanup; /* attached while connecting */
	struct lookup *lookup;
	/* Packet capture by the same object (lib_pcap.c); NULL when it is none. */
	void *pcap;
	void (*pcap_close)(struct sock *s);
};

void sock_init(struct sock *s, struct engine *e, bool udp, int family);
void sock_fini(struct sock *s);

/** Back to the fresh state; transport and family stay. Wakes who waits. */
void sock_close(struct sock *s);

/** Make the descriptor for @p family: bound when asked for. IO_DONE or IO_ERROR. */
enum io sock_open(struct sock *s, int family);

/** Connect to s->peer. The gate was asked. */
enum io sock_connect(struct sock *s);
/** After IO_WANT_WRITE of sock_connect. */
enum io sock_connect_check(struct sock *s);
/** Start TLS (DTLS on UDP) and go on with it: call until it wants nothing more. */
enum io sock_handshake(struct sock *s);

/** Send on; s->sent counts what went out. */
enum io sock_write(struct sock *s, const void *data, size_t len);
enum io sock_sendto(struct sock *s, const void *data, size_t len);

/** Append what is there to s->got: a datagram, or all that has arrived. */
enum io sock_read(struct sock *s);

/** Our end; false when there is none. */
bool sock_local(const struct sock *s, struct endpoint *out);

/** The peer's certificate, referenced; NULL = none. */
struct x509_st *sock_peer_certificate(const struct sock *s);

/** Count @p s among the sockets of thread @p t, or of nobody (NULL). */
void sock_hold(struct sock *s, struct nse_thread *t);

/** Close what thread @p t connected and give its slot back. */
void socks_close_thread(struct engine *e, struct nse_thread *t);
/** Once a turn: slots of threads that closed their last socket. */
void socks_release_idle_slots(struct engine *e);
/** The kill switch: nothing leaves any more. */
void socks_close_all(struct engine *e);

/* tls.c: one context for all sockets of an engine. */
struct tls;
int tls_new(struct tls **out) ES_MUST_CHECK;
void tls_free(struct tls *t);
struct ssl_st *tls_session(
    struct tls *t, int fd, bool datagram, const char *server_name);
enum io tls_handshake(struct ssl_st *ssl);
enum io tls_write(
    struct ssl_st *ssl, const void *data, size_t len, size_t *done);
enum io tls_read(struct ssl_st *ssl, struct buf *out, size_t max);
void tls_close(struct ssl_st *ssl);
