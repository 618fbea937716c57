/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing of Redis URLs; see redis_url.h. The text comes from the
 * configuration, so every refusal says what to write instead, and none repeats
 * the password.
 */
#include "sensor/publish/redis_url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "sensor/base/str.h"

#define DEFAULT_PORT 6379
#define DB_MAX 1000000

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Percent-decode n octets; false when they do not fit or are malformed. A NUL
 * would cut the secret short. */
static bool
decode(char *dst, size_t size, const char *s, size_t n)
{
	size_t at = 0, i;

	for (i = 0; i < n; i++) {
		int c = (unsigned char)s[i];

		if (c == '%') {
			int hi = i + 2 < n ? hex_value(s[i + 1]) : -1;
			int lo = hi < 0 ? -1 : hex_value(s[i + 2]);

			if (lo < 0)
				return false;
			c = hi << 4 | lo;
			i += 2;
		}
		if (c == 0 || at + 1 >= size)
			return false;
		dst[at++] = (char)c;
	}
	dst[at] = '\0';
	return true;
}

static int
parse_number(const char *s, unsigned long max, unsigned long *out)
{
	char *end;

	if (*s < '0' || *s > '9')
		return ES_E(FORMAT);
	errno = 0;
	*out = strtoul(s, &end, 10);
	return errno == 0 && *end == '\0' && *out <= max ? 0 : ES_E(RANGE);
}

static int
parse_db(const char *s, struct redis_url *out, struct errbuf *eb)
{
	unsigned long db;

	if (parse_number(s, DB_MAX, &db) != 0)
		return err_set(eb, ES_E(CONFIG),
		    "redis url: database \"%s\" is not a number, write e.g. "
		    "redis://host:6379/0",
		    s);
	out->db = (uint32_t)db;
	return 0;
}

/* "[user][:password]@" at the start of *s, which moves behind it. */
static int
parse_login(const char **s, struct redis_url *out, struct errbuf *eb)
{
	size_t authority = strcspn(*s, "/?");
	const char *at = memrchr(*s, '@', authority);
	const char *colon;
	size_t user;

	if (at == NULL)
		return 0;
	colon = memchr(*s, ':', (size_t)(at - *s));
	user = (size_t)((colon == NULL ? at : colon) - *s);
	if (!decode(out->username, sizeof(out->username), *s, user) ||
	    (colon != NULL && !decode(out->password, sizeof(out->password),
				  colon + 1, (size_t)(at - colon - 1))))
		return err_set(eb, ES_E(CONFIG),
		    "redis url: user or password is too long or not "
		    "percent-encoded, use password_file");
	*s = at + 1;
	return 0;
}

static int
parse_local(const char *s, struct redis_url *out, struct errbuf *eb)
{
	size_t n = strcspn(s, "?");

	if (*s != '/' || n >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_set(eb, ES_E(CONFIG),
		    "redis url: a socket path starts with / and is shorter "
		    "than %zu octets",
		    sizeof(((struct sockaddr_un *)0)->sun_path));
	out->local = true;
	memcpy(out->host, s, n);
	out->host[n] = '\0';
	if (s[n] == '\0')
		return 0;
	if (strncmp(s + n, "?db=", 4) != 0)
		return err_set(eb, ES_E(CONFIG),
		    "redis url: only ?db=n may follow the socket path");
	return parse_db(s + n + 4, out, eb);
}

static int
parse_port(const char *s, size_t n, struct redis_url *out, struct errbuf *eb)
{
	char text[8] = "";
	unsigned long port;

	if (n >= sizeof(text) || n == 0)
		return err_set(eb, ES_E(CONFIG), "redis url: bad port");
	memcpy(text, s, n);
	if (parse_number(text, UINT16_MAX, &port) != 0 || port == 0)
		return err_set(
		    eb, ES_E(CONFIG), "redis url: \"%s\" is no port", text);
	out->port = (uint16_t)port;
	return 0;
}

static int
parse_tcp(const char *s, struct redis_url *out, struct errbuf *eb)
{
	bool literal = *s == '[';
	size_t n = strcspn(s, literal ? "]" : ":/");
	const char *rest = s + n + (literal && s[n] == ']');
	int rc;

	if (literal) {
		s++;
		n--;
	}
	if (n == 0 || n >= sizeof(out->host) || (literal && s[n] != ']'))
		return err_set(eb, ES_E(CONFIG),
		    "redis url: no host, write e.g. redis://127.0.0.1:6379/0");
	memcpy(out->host, s, n);
	out->host[n] = '\0';
	if (*rest == ':') {
		n = strcspn(++rest, "/");
		rc = parse_port(rest, n, out, eb);
		if (rc != 0)
			return rc;
		rest += n;
	}
	if (*rest == '\0' || strcmp(rest, "/") == 0)
		return 0;
	return parse_db(rest + 1, out, eb);
}

int
redis_url_parse(const char *text, struct redis_url *out, struct errbuf *eb)
{
	static const char *const local[] = { "redis+unix://", "unix://" };
	int rc;
	size_t i;

	*out = (struct redis_url){ .port = DEFAULT_PORT };
	if (strncmp(text, "rediss://", 9) == 0)
		return err_set(eb, ES_E(UNSUPPORTED),
		    "redis url: this build has no TLS for rediss://, use a "
		    "unix socket or a local TLS tunnel");
	for (i = 0; i < ES_ARRAY_LEN(local); i++) {
		if (strncmp(text, local[i], strlen(local[i])) != 0)
			continue;
		text += strlen(local[i]);
		rc = parse_login(&text, out, eb);
		return rc != 0 ? rc : parse_local(text, out, eb);
	}
	if (strncmp(text, "redis://", 8) != 0)
		return err_set(eb, ES_E(CONFIG),
		    "redis url: must start with redis:// or redis+unix://");
	text += 8;
	rc = parse_login(&text, out, eb);
	return rc != 0 ? rc : parse_tcp(text, out, eb);
}

static int
read_password(const char *path, char *out, size_t size, struct errbuf *eb)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_sys(eb, "password_file %s", path);
	n = read(fd, out, size);
	(void)close(fd);
	if (n < 0)
		return err_sys(eb, "password_file %s", path);
	while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == '\r'))
		n--;
	if (n == 0 || (size_t)n >= size || memchr(out, '\0', (size_t)n) != NULL)
		return err_set(eb, ES_E(CONFIG),
		    "password_file %s: expected one line of at most %zu octets",
		    path, size - 1);
	out[n] = '\0';
	return 0;
}

int
redis_url_login(struct redis_url *u, const char *username,
    const char *password_file, struct errbuf *eb)
{
	if (username != NULL && *username != '\0' &&
	    !str_copy(u->username, sizeof(u->username), username))
		return err_set(eb, ES_E(CONFIG), "redis username is too long");
	if (password_file != NULL && *password_file != '\0')
		return read_password(
		    password_file, u->password, sizeof(u->password), eb);
	return 0;
}

char *
redis_url_fmt(const struct redis_url *u, char out[static REDIS_URL_TEXT])
{
	bool v6 = strchr(u->host, ':') != NULL;

	if (u->local)
		(void)snprintf(out, REDIS_URL_TEXT, "redis+unix://%s?db=%u",
		    u->host, (unsigned)u->db);
	else
		(void)snprintf(out, REDIS_URL_TEXT, "redis://%s%s%s:%u/%u",
		    v6 ? "[" : "", u->host, v6 ? "]" : "", (unsigned)u->port,
		    (unsigned)u->db);
	return out;
}
