/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlshello: SNI and JA3 of a hello built here, checked against the string and
 * digest that JA3's authors publish.
 */
#include "tests/unit/test.h"

#include "capture/dissect/digest.h"
#include "capture/dissect/tlshello.h"

static void
put16s(struct buf *b, const uint16_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_be16(b, values[i]);
}

/* An extension whose content is one list with a length of @p width octets. */
static void
extension(
    struct buf *b, uint16_t type, unsigned width, const void *list, size_t len)
{
	buf_be16(b, type);
	buf_be16(b, (uint16_t)(len + width));
	if (width == 2)
		buf_be16(b, (uint16_t)len);
	else
		buf_u8(b, (uint8_t)len);
	buf_put(b, list, len);
}

/* The example of JA3's documentation, with GREASE sprinkled in. */
static void
client_hello(struct buf *b)
{
	static const uint16_t ciphers[] = { 0x1a1a, 47, 53, 5, 10, 49161, 49162,
		49171, 49172, 50, 56, 19, 4 };
	struct buf ext;

	buf_init(b, 4096);
	buf_init(&ext, 1024);
	buf_be16(b, 769);
	for (unsigned i = 0; i < 32; i++)
		buf_u8(b, 0xee);
	buf_u8(b, 0); /* session id */
	buf_be16(b, sizeof(ciphers));
	put16s(b, ciphers, ES_ARRAY_LEN(ciphers));
	buf_put(b, "\1\0", 2); /* compression */
	extension(&ext, 0, 2,
	    "\0\0\x0b"
	    "example.org",
	    14);
	extension(&ext, 10, 2, "\x2a\x2a\0\x17\0\x18\0\x19", 8);
	extension(&ext, 11, 1, "\0", 1);
	buf_put(&ext, "\x3a\x3a\0\0", 4); /* GREASE */
	buf_be16(b, (uint16_t)ext.len);
	buf_put(b, ext.data, ext.len);
	buf_fini(&ext);
}

static void
reads_name_and_print(void **state)
{
	static const char want[] = "769,47-53-5-10-49161-49162-49171-49172-50-"
				   "56-19-4,0-10-11,23-24-25,0";
	char ja3[JA3_MAX], hex[DIGEST_MD5_HEX];
	struct tls_hello hello = { .ja3 = ja3 };
	struct buf b;

	(void)state;
	client_hello(&b);
	assert_true(tlshello_client(cur_new(b.data, b.len), false, &hello));
	assert_true(text_eq(hello.name, text_str("example.org")));
	assert_int_equal(hello.ja3_len, sizeof(want) - 1);
	assert_memory_equal(hello.ja3, want, hello.ja3_len);
	assert_string_equal(digest_md5(hello.ja3, hello.ja3_len, hex),
	    "ada70206e40642a3e4461f35503241d5");
	buf_fini(&b);
}

static void
refuses_every_cut(void **state)
{
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };
	struct buf b;

	(void)state;
	client_hello(&b);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);
		bool ok;

		memcpy(cut, b.data, n);
		ok = tlshello_client(cur_new(cut, n), false, &hello);
		/* A hello may end before its extensions: TLS 1.0. */
		assert_true(!ok || n == 2 + 32 + 1 + 2 + 26 + 2);
		free(cut);
	}
	buf_fini(&b);
}

static void
reads_the_server_side(void **state)
{
	static const char random[32];
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	buf_be16(&b, 0x0303);
	buf_put(&b, random, sizeof(random));
	buf_put(&b, "\0\x13\x02\0", 4);
	buf_put(&b, "\0\x06\0\x2b\0\2\3\4", 8);
	assert_true(tlshello_server(cur_new(b.data, b.len), &hello));
	assert_int_equal(hello.negotiated, 0x0304);
	assert_int_equal(hello.ja3_len, strlen("771,4866,43"));
	assert_memory_equal(hello.ja3, "771,4866,43", hello.ja3_len);
	assert_false(tlshello_server(cur_new(b.data, b.len - 1), &hello));
	buf_fini(&b);
}

static void
gives_no_print_for_an_endless_list(void **state)
{
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };
	struct buf b;

	(void)state;
	buf_init(&b, 8192);
	buf_be16(&b, 0x0303);
	for (unsigned i = 0; i < 32; i++)
		buf_u8(&b, 0);
	buf_u8(&b, 0);
	buf_be16(&b, 4000);
	for (unsigned i = 0; i < 2000; i++)
		buf_be16(&b, 0xc02b);
	buf_put(&b, "\1\0", 2);
	assert_true(tlshello_client(cur_new(b.data, b.len), false, &hello));
	assert_int_equal(hello.ja3_len, 0);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_name_and_print),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(reads_the_server_side),
		cmocka_unit_test(gives_no_print_for_an_endless_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
