/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of a certificate; see certnames.h. RFC 5280 §4.1.2.6, §4.2.1.6.
 *
 * What libcrypto's decoder allocates it frees before certnames_read returns:
 * the one place of the packet path that allocates, once for each certificate
 * message and bounded by its size.
 */
#include "capture/dissect/certnames.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

static void
read_cn(const X509 *cert, struct cert_names *out)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	const X509_NAME_ENTRY *entry;
	unsigned char *text = NULL;
	int at = -1, next, len;

	while ((next = X509_NAME_get_index_by_NID(
		    subject, NID_commonName, at)) >= 0)
		at = next;
	if (at < 0)
		return;
	entry = X509_NAME_get_entry(subject, at);
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
	if (len > 0 && (size_t)len <= sizeof(out->cn)) {
		memcpy(out->cn, text, (size_t)len);
		out->cn_len = (size_t)len;
	}
	OPENSSL_free(text);
}

static void
add_san(const ASN1_STRING *name, struct cert_names *out)
{
	int len = ASN1_STRING_length(name);
	const unsigned char *p = ASN1_STRING_get0_data(name);

	if (len <= 0 || (size_t)len + 1 > sizeof(out->sans) - out->sans_len ||
	    memchr(p, '\0', (size_t)len) != NULL)
		return;
	memcpy(out->sans + out->sans_len, p, (size_t)len);
	out->sans_len += (size_t)len;
	out->sans[out->sans_len++] = '\0';
}

static void
read_sans(const X509 *cert, struct cert_names *out)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int n = sk_GENERAL_NAME_num(names);

	for (int i = 0; i < n; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS)
			add_san(name->d.dNSName, out);
	}
	GENERAL_NAMES_free(names);
}

bool
certnames_read(const uint8_t *der, size_t len, struct cert_names *out)
{
	X509 *cert;

	out->cn_len = 0;
	out->sans_len = 0;
	if (len == 0 || len > CERT_DER_MAX)
		return false;
	cert = d2i_X509(NULL, &der, (long)len);
	if (cert != NULL) {
		read_cn(cert, out);
		read_sans(cert, out);
		X509_free(cert);
	}
	ERR_clear_error();
	return cert != NULL;
}
