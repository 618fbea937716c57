/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of a certificate; see certnames.h. RFC 5280 §4.1.2.6, §4.2.1.6, ITU-T X.690.
 *
 * A walk over the DER, not libcrypto's decoder: that one allocates, and decodes the public key, which costs more than
 * all else that is done with a handshake. Certificates are heard, not trusted: no signature is ever checked here.
 */
#include "capture/dissect/certnames.h"

#include <string.h>

#include "sensor/base/cursor.h"

#define TAG_BOOLEAN 0x01U
#define TAG_OCTETS 0x04U
#define TAG_OID 0x06U
#define TAG_T61 0x14U
#define TAG_UNIVERSAL 0x1cU
#define TAG_BMP 0x1eU
#define TAG_SEQUENCE 0x30U
#define TAG_SET 0x31U
#define TAG_VERSION 0xa0U
#define TAG_EXTENSIONS 0xa3U
#define TAG_DNS_NAME 0x82U

static const uint8_t oid_cn[] = { 0x55, 0x04, 0x03 };
static const uint8_t oid_san[] = { 0x55, 0x1d, 0x11 };

/* The next element: its tag, and a cursor over its content. */
static unsigned
der_next(struct cursor *c, struct cursor *content)
{
	unsigned tag = cur_u8(c);
	size_t len = cur_u8(c);

	if (len & 0x80) {
		unsigned octets = len & 0x7f;

		if (octets == 0 || octets > 4)
			c->bad = true;
		for (len = 0; octets > 0; octets--)
			len = len << 8 | cur_u8(c);
	}
	*content = cur_sub(c, len);
	return cur_bad(c) ? 0 : tag;
}

/* The next element, which must be of this kind. */
static struct cursor
der_expect(struct cursor *c, unsigned tag)
{
	struct cursor content;

	if (der_next(c, &content) != tag)
		c->bad = content.bad = true;
	return content;
}

static bool
der_is(const struct cursor *content, const uint8_t *oid, size_t n)
{
	return cur_left(content) == n && memcmp(content->at, oid, n) == 0;
}

static void
cn_put(struct cert_names *out, uint32_t code)
{
	uint8_t utf8[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (code > 0x10ffff || n > sizeof(out->cn) - out->cn_len)
		return;
	utf8[0] = (uint8_t)code;
	for (size_t i = n; i > 1; i--) {
		utf8[i - 1] = (uint8_t)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	if (n > 1)
		utf8[0] = (uint8_t)(0xf00U >> n | code);
	memcpy(out->cn + out->cn_len, utf8, n);
	out->cn_len += n;
}

/* The kinds of string differ in the size of their characters. */
static void
cn_read(struct cursor text, unsigned tag, struct cert_names *out)
{
	out->cn_len = 0;
	while (cur_left(&text) > 0) {
		if (tag == TAG_BMP)
			cn_put(out, cur_be16(&text));
		else if (tag == TAG_UNIVERSAL)
			cn_put(out, cur_be32(&text));
		else if (tag == TAG_T61)
			cn_put(out, cur_u8(&text));
		else if (out->cn_len < sizeof(out->cn))
			out->cn[out->cn_len++] = (char)cur_u8(&text);
		else
			break;
	}
	if (cur_left(&text) > 0)
		out->cn_len = 0; /* too long to be a name */
}

/* Name ::= SEQUENCE OF SET OF SEQUENCE { type, value } */
static void
subject_read(struct cursor subject, struct cert_names *out)
{
	while (cur_left(&subject) > 0) {
		struct cursor set = der_expect(&subject, TAG_SET);

		while (cur_left(&set) > 0) {
			struct cursor pair = der_expect(&set, TAG_SEQUENCE);
			struct cursor type = der_expect(&pair, TAG_OID);
			struct cursor value;
			unsigned tag = der_next(&pair, &value);

			if (tag != 0 && der_is(&type, oid_cn, sizeof(oid_cn)))
				cn_read(value, tag, out);
		}
	}
}

static void
sans_read(struct cursor octets, struct cert_names *out)
{
	struct cursor names = der_expect(&octets, TAG_SEQUENCE);

	while (cur_left(&names) > 0) {
		struct cursor name;
		unsigned tag = der_next(&names, &name);
		size_t len = cur_left(&name);

		if (tag != TAG_DNS_NAME || len == 0 ||
		    len + 1 > sizeof(out->sans) - out->sans_len ||
		    memchr(name.at, '\0', len) != NULL)
			continue;
		memcpy(out->sans + out->sans_len, name.at, len);
		out->sans_len += len;
		out->sans[out->sans_len++] = '\0';
	}
}

/* Extensions ::= SEQUENCE OF SEQUENCE { id, critical?, value } */
static void
extensions_read(struct cursor wrapped, struct cert_names *out)
{
	struct cursor all = der_expect(&wrapped, TAG_SEQUENCE);

	while (cur_left(&all) > 0) {
		struct cursor ext = der_expect(&all, TAG_SEQUENCE);
		struct cursor id = der_expect(&ext, TAG_OID);
		struct cursor value;

		if (der_next(&ext, &value) == TAG_BOOLEAN)
			value = der_expect(&ext, TAG_OCTETS);
		if (der_is(&id, oid_san, sizeof(oid_san)))
			sans_read(value, out);
	}
}

bool
certnames_read(const uint8_t *der, size_t len, struct cert_names *out)
{
	struct cursor c = cur_new(der, len);
	struct cursor cert;
	struct cursor tbs;
	struct cursor subject;
	struct cursor part;
	unsigned tag;

	out->cn_len = 0;
	out->sans_len = 0;
	if (len == 0 || len > CERT_DER_MAX)
		return false;
	cert = der_expect(&c, TAG_SEQUENCE);
	tbs = der_expect(&cert, TAG_SEQUENCE);
	tag = der_next(&tbs, &part);
	if (tag == TAG_VERSION)
		(void)der_next(&tbs, &part);  /* serial number */
	(void)der_expect(&tbs, TAG_SEQUENCE); /* signature algorithm */
	(void)der_expect(&tbs, TAG_SEQUENCE); /* issuer */
	(void)der_expect(&tbs, TAG_SEQUENCE); /* validity */
	subject = der_expect(&tbs, TAG_SEQUENCE);
	(void)der_expect(&tbs, TAG_SEQUENCE); /* public key */
	if (cur_bad(&c) || cur_bad(&cert) || cur_bad(&tbs))
		return false;
	subject_read(subject, out);
	while (cur_left(&tbs) > 0)
		if (der_next(&tbs, &part) == TAG_EXTENSIONS)
			extensions_read(part, out);
	(void)der_expect(&cert, TAG_SEQUENCE); /* signature algorithm */
	(void)der_next(&cert, &part);	       /* signature */
	return !cur_bad(&cert);
}
