/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certnames: the names of a certificate made here, and octets that are none.
 */
#include "tests/unit/test.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "capture/dissect/certnames.h"

/* A self-signed certificate with two CNs and three alternative names; the
 * caller frees it with OPENSSL_free. */
static unsigned char *
make(int *len)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_subject_alt_name, "DNS:a.example,IP:192.0.2.1,DNS:*.b.example");
	unsigned char *der = NULL;

	assert_non_null(san);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 60);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)"outer", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)"inner.example", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	X509_add_ext(cert, san, -1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	*len = i2d_X509(cert, &der);
	X509_EXTENSION_free(san);
	X509_free(cert);
	EVP_PKEY_free(key);
	return der;
}

static void
reads_the_last_cn_and_the_dns_names(void **state)
{
	struct cert_names names;
	int len;
	unsigned char *der = make(&len);

	(void)state;
	assert_true(certnames_read(der, (size_t)len, &names));
	assert_int_equal(names.cn_len, strlen("inner.example"));
	assert_memory_equal(names.cn, "inner.example", names.cn_len);
	assert_int_equal(names.sans_len, 10 + 12);
	assert_memory_equal(names.sans, "a.example\0*.b.example", 22);
	OPENSSL_free(der);
}

static void
refuses_cuts_and_size(void **state)
{
	struct cert_names names;
	int len;
	unsigned char *der = make(&len);

	(void)state;
	for (int n = 0; n < len; n++) {
		unsigned char *cut = malloc(n == 0 ? 1 : (size_t)n);

		memcpy(cut, der, (size_t)n);
		assert_false(certnames_read(cut, (size_t)n, &names));
		free(cut);
	}
	assert_false(certnames_read(der, CERT_DER_MAX + 1, &names));
	OPENSSL_free(der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_last_cn_and_the_dns_names),
		cmocka_unit_test(refuses_cuts_and_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
