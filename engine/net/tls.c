/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls: OpenSSL as a scanner needs it: every cipher, every key size, every old version, no verification, no session
 * reuse (nse-modules §1.11). The point is to see what a server does, not to be safe from it.
 */
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/net/sock.h"
#include "sensor/base/err.h"

struct tls {
	OSSL_PROVIDER *legacy;
	OSSL_PROVIDER *standard;
	SSL_CTX *stream;
	SSL_CTX *datagram;
};

/* Any key size and algorithm will do. The parameters are OpenSSL's. */
/* NOLINTBEGIN(readability-function-size) */
static int
permit_all(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl;
	(void)ctx;
	(void)op;
	(void)bits;
	(void)nid;
	(void)other;
	(void)ex;
	return 1;
}
/* NOLINTEND(readability-function-size) */

static SSL_CTX *
stream_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_security_callback(ctx, permit_all);
	SSL_CTX_set_min_proto_version(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_ALL | SSL_OP_IGNORE_UNEXPECTED_EOF |
				     SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL") != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

int
tls_new(struct tls **out)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ES_E(NOMEM);
	/* Absent providers only mean fewer algorithms. */
	t->legacy = OSSL_PROVIDER_load(NULL, "legacy");
	t->standard = OSSL_PROVIDER_load(NULL, "default");
	t->stream = stream_context();
	t->datagram = SSL_CTX_new(DTLS_client_method());
	if (t->stream == NULL || t->datagram == NULL) {
		tls_free(t);
		return ES_E(NOMEM);
	}
	SSL_CTX_set_verify(t->datagram, SSL_VERIFY_NONE, NULL);
	*out = t;
	return 0;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->stream);
	SSL_CTX_free(t->datagram);
	if (t->legacy != NULL)
		OSSL_PROVIDER_unload(t->legacy);
	if (t->standard != NULL)
		OSSL_PROVIDER_unload(t->standard);
	free(t);
}

struct ssl_st *
tls_session(struct tls *t, int fd, bool datagram, const char *server_name)
{
	SSL *ssl = SSL_new(datagram ? t->datagram : t->stream);

	if (ssl == NULL)
		return NULL;
	if (datagram) {
		BIO *bio = BIO_new_dgram(fd, BIO_NOCLOSE);

		if (bio == NULL) {
			SSL_free(ssl);
			return NULL;
		}
		(void)BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, NULL);
		SSL_set_bio(ssl, bio, bio);
	} else if (SSL_set_fd(ssl, fd) != 1 ||
		   (server_name[0] != '\0' &&
		       SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			   TLSEXT_NAMETYPE_host_name,
			   (void *)(uintptr_t)server_name) != 1)) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}

static enum io
outcome(SSL *ssl, int ret)
{
	int err = SSL_get_error(ssl, ret);

	ERR_clear_error();
	switch (err) {
	case SSL_ERROR_WANT_READ:
		return IO_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return IO_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	default:
		return IO_ERROR;
	}
}

enum io
tls_handshake(struct ssl_st *ssl)
{
	int ret;

	ERR_clear_error();
	ret = SSL_do_handshake(ssl);
	return ret == 1 ? IO_DONE : outcome(ssl, ret);
}

enum io
tls_write(struct ssl_st *ssl, const void *data, size_t len, size_t *done)
{
	int ret;

	ERR_clear_error();
	ret = SSL_write_ex(ssl, data, len, done);
	return ret == 1 ? IO_DONE : outcome(ssl, ret);
}

enum io
tls_read(struct ssl_st *ssl, struct buf *out, size_t max)
{
	size_t before = out->len;

	while (out->len - before < max) {
		uint8_t data[SOCK_READ_PIECE];
		size_t n = 0;
		int ret;

		ERR_clear_error();
		ret = SSL_read_ex(ssl, data, sizeof(data), &n);
		if (ret != 1)
			return out->len > before ? IO_DONE : outcome(ssl, ret);
		buf_put(out, data, n);
		if (SSL_pending(ssl) == 0 && SSL_has_pending(ssl) == 0)
			break;
	}
	return IO_DONE;
}

void
tls_close(struct ssl_st *ssl)
{
	ERR_clear_error();
	if (SSL_is_init_finished(ssl))
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
	SSL_free(ssl);
}

struct x509_st *
sock_peer_certificate(const struct sock *s)
{
	return s->ssl == NULL ? NULL : SSL_get1_peer_certificate(s->ssl);
}
