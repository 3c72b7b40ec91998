/* SPDX-License-Identifier: ISC */
/* src/pure/sha256.c: FIPS 180-4's examples, and NIST's vectors at block edges. */
#include <string.h>

#include "pure/sha256.h"
#include "tap.h"

static const struct {
	const char *piece;
	unsigned times;
	const char *digest;
} rows[] = {
	/* clang-format off */
	{ "", 0,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", 1,
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	{ "a", 55,
	  "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
	{ "a", 56,
	  "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
	{ "a", 63,
	  "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
	{ "a", 64,
	  "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
	{ "a", 65,
	  "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
	{ "a", 1000000,
	  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	/* clang-format on */
};

static bool is(const uint8_t digest[32], const char *hex)
{
	char text[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return strcmp(text, hex) == 0;
}

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sha256 hash;
		uint8_t digest[32];

		sha256_start(&hash);
		for (unsigned n = 0; n < rows[i].times; n++)
			sha256_add(&hash, rows[i].piece, strlen(rows[i].piece));
		sha256_end(&hash, digest);
		tap(is(digest, rows[i].digest), "\"%.10s\" %u times",
		    rows[i].piece, rows[i].times);
	}
}

/* In whatever pieces it comes: all splits of 200 octets in two. */
static void test_pieces(void)
{
	uint8_t data[200], whole[32], digest[32];
	struct sha256 hash;
	unsigned right = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)tap_random();
	sha256_start(&hash);
	sha256_add(&hash, data, sizeof(data));
	sha256_end(&hash, whole);
	for (size_t n = 0; n <= sizeof(data); n++) {
		sha256_start(&hash);
		sha256_add(&hash, data, n);
		sha256_add(&hash, data + n, sizeof(data) - n);
		sha256_end(&hash, digest);
		right += memcmp(digest, whole, 32) == 0;
	}
	tap(right == sizeof(data) + 1, "all splits of 200 octets");
}

int main(void)
{
	test_rows();
	test_pieces();
	return tap_done();
}
