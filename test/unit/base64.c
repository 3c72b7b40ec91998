/* SPDX-License-Identifier: ISC */
/* src/pure/base64.c */
#include <stdlib.h>
#include <string.h>

#include "pure/base64.h"
#include "tap.h"

/* RFC 4648 section 10, and what P7.5 forbids. */
static const struct {
	const char *text;
	ptrdiff_t len; /* -1: refused */
	const char *octets;
} rows[] = {
	/* clang-format off */
	{ "",         0, "" },
	{ "Zg==",     1, "f" },
	{ "Zm8=",     2, "fo" },
	{ "Zm9v",     3, "foo" },
	{ "Zm9vYg==", 4, "foob" },
	{ "Zm9vYmE=", 5, "fooba" },
	{ "Zm9vYmFy", 6, "foobar" },
	{ "AAAA",     3, "\0\0\0" },
	{ "+/+/",     3, "\373\377\277" },
	{ "AGEAYg==", 4, "\0a\0b" },
	{ "=",        -1, NULL },
	{ "==",       -1, NULL },
	{ "====",     -1, NULL },
	{ "A===",     -1, NULL },
	{ "Zg=",      -1, NULL },
	{ "Zg",       -1, NULL },
	{ "Zg===",    -1, NULL },
	{ "Z",        -1, NULL },
	{ "Zh==",     -1, NULL },
	{ "Zm9=",     -1, NULL },
	{ "=Zm9",     -1, NULL },
	{ "Zg==Zg==", -1, NULL },
	{ "Zm9v\r\n", -1, NULL },
	{ "Zm 9v",    -1, NULL },
	{ "Zm9v    ", -1, NULL },
	{ "Zm9-",     -1, NULL },
	{ "Zm9_",     -1, NULL },
	{ "Zm9\xf6",  -1, NULL },
	{ "*",        -1, NULL },
	/* clang-format on */
};

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const text = rows[i].text;
		const size_t n = strlen(text);
		char out[8], back[12];
		const ptrdiff_t len = base64_decode(text, n, out, sizeof(out));

		tap(len == rows[i].len &&
			    (len < 0 ||
			     memcmp(out, rows[i].octets, (size_t)len) == 0),
		    "P7.5: decode \"%s\"", text);
		if (len >= 0)
			tap(base64_encode(out, (size_t)len, back) == n &&
				    memcmp(back, text, n) == 0,
			    "encode \"%s\"", text);
		if (len > 0)
			tap(base64_decode(text, n, out, (size_t)len - 1) == -1,
			    "no room for \"%s\"", text);
	}
}

/* Every single octet in place of one of the alphabet. */
static void test_alphabet(void)
{
	unsigned taken = 0;
	char out[3];

	for (unsigned c = 0; c < 256; c++) {
		const char text[] = { 'A', (char)c, 'A', 'A' };

		taken += base64_decode(text, 4, out, 3) == 3;
	}
	tap(taken == 64, "64 octets are taken of 256");
}

static void test_there_and_back(void)
{
	unsigned right = 0;

	for (size_t n = 0; n < 300; n++) {
		/* Of the very size, for the sanitizers and valgrind. */
		char *const in = malloc(n + 1);
		char *const text = malloc((n + 2) / 3 * 4 + 1);
		char *const out = malloc(n + 1);
		size_t len;

		if (in == NULL || text == NULL || out == NULL)
			abort();
		for (size_t i = 0; i < n; i++)
			in[i] = (char)tap_random();
		len = base64_encode(in, n, text);
		right += len == (n + 2) / 3 * 4 &&
			 base64_decode(text, len, out, n) == (ptrdiff_t)n &&
			 memcmp(in, out, n) == 0;
		free(in);
		free(text);
		free(out);
	}
	tap(right == 300, "there and back, 0 to 299 octets");
}

int main(void)
{
	test_rows();
	test_alphabet();
	test_there_and_back();
	return tap_done();
}
