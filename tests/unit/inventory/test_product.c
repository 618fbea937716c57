/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product: plain banners are understood, unclear ones are left alone.
 */
#include "sensor/inventory/product.h"
#include "tests/unit/test.h"

struct sample {
	const char *what;
	const char *banner;
	const char *name; /* NULL: nothing is said */
	const char *version;
	const char *extra;
};

static const struct sample samples[] = {
	{ "ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "OpenSSH",
	    "9.2p1", "Debian-2+deb12u3" },
	{ "ssh", "SSH-2.0-dropbear_2022.83", "dropbear", "2022.83", "" },
	{ "ssh", "SSH-1.99-Cisco-1.25", "Cisco", "1.25", "" },
	{ "ssh", "SSH-2.0-Go", "Go", "", "" },
	{ "ssh", "SSH-2.0-libssh-0.9.6", "libssh", "0.9.6", "" },
	{ "ssh", "SSH-", NULL, "", "" },
	{ "ssh", "HTTP/1.1 400 Bad", NULL, "", "" },
	{ "http.server", "nginx/1.22.1", "nginx", "1.22.1", "" },
	{ "http.server", "Apache/2.4.57 (Debian) PHP/8.2", "Apache", "2.4.57",
	    "(Debian) PHP/8.2" },
	{ "http.server", "cloudflare", "cloudflare", "", "" },
	{ "http.server", "", NULL, "", "" },
	{ "smtp", "220 mail.example ESMTP Postfix (Debian/GNU)\r\n", "Postfix",
	    "", "" },
	{ "smtp", "220 mail ESMTP Exim 4.96 Sat, 01 Jan", "Exim", "4.96", "" },
	{ "ftp", "220 (vsFTPd 3.0.3)\r\n", "vsFTPd", "3.0.3", "" },
	{ "ftp", "220 ProFTPD Server (x) [::1]", "ProFTPD", "", "" },
	{ "ftp", "220 welcome", NULL, "", "" },
};

static void
expect_text(struct text t, const char *expected, const char *banner)
{
	if (!text_eq(t, text_str(expected)))
		fail_msg("\"%s\" gives \"%.*s\", not \"%s\"", banner, t.len,
		    (const char *)t.p, expected);
}

static void
understands_plain_banners(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		struct product p;
		bool said = product_parse(s->what, text_str(s->banner), &p);

		if (said != (s->name != NULL))
			fail_msg("\"%s\"", s->banner);
		if (!said)
			continue;
		expect_text(p.name, s->name, s->banner);
		expect_text(p.version, s->version, s->banner);
		expect_text(p.extra, s->extra, s->banner);
	}
}

/* Every prefix, in a buffer of exactly its size: the sanitizer watches the ends. */
static void
never_reads_past_the_end(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		for (n = 0; n <= strlen(samples[i].banner); n++) {
			uint8_t *copy = malloc(n + 1);
			struct product p;

			assert_non_null(copy);
			copy = realloc(copy, n == 0 ? 1 : n);
			memcpy(copy, samples[i].banner, n);
			(void)product_parse(samples[i].what,
			    (struct text){ copy, (uint16_t)n }, &p);
			free(copy);
		}
	}
}

static void
names_the_vendor_it_knows(void **state)
{
	struct product p;
	char cpe[128];

	(void)state;
	assert_true(product_parse("http.server", text_str("nginx/1.22.1"), &p));
	assert_true(product_cpe(&p, cpe, sizeof(cpe)));
	assert_string_equal(cpe, "cpe:/a:igor_sysoev:nginx:1.22.1");
	assert_true(product_parse("http.server", text_str("Apache/2:4%n"), &p));
	assert_true(product_cpe(&p, cpe, sizeof(cpe)));
	assert_string_equal(cpe, "cpe:/a:apache:http_server");
	assert_true(product_parse("http.server", text_str("mine/1.0"), &p));
	assert_false(product_cpe(&p, cpe, sizeof(cpe)));
	assert_string_equal(cpe, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_plain_banners),
		cmocka_unit_test(names_the_vendor_it_knows),
		cmocka_unit_test(never_reads_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
