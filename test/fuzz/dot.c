/* SPDX-License-Identifier: ISC */
/*
 * src/pure/dot.c against test/unit/naive.h. The first octet: the lines of TOP; the
 * second: the pieces.
 */
#include <string.h>

#include "fuzz.h"
#include "naive.h"
#include "pure/dot.h"

static char *copy(const void *data, size_t n, size_t room)
{
	char *const block = malloc(room > 0 ? room : 1);

	REQUIRE(block != NULL);
	if (n > 0)
		memcpy(block, data, n);
	return block;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dot dot = { .cr = false };
	struct dot_count count = { .octets = 0 };
	struct dot_top top;
	const char *in;
	char *expected, *got;
	uint64_t octets;
	size_t piece, len, o = 0, shown = 0;

	if (size < 2)
		return 0;
	top = (struct dot_top){ .lines = data[0] };
	piece = 1 + (size_t)data[1];
	in = (const char *)data + 2;
	size -= 2;
	expected = copy(NULL, 0, DOT_ROOM(size));
	got = copy(NULL, 0, DOT_ROOM(size));
	len = naive_stuff(in, size, expected, &octets);
	for (size_t at = 0; at < size; at += piece) {
		const size_t some = piece < size - at ? piece : size - at;
		char *const part = copy(in + at, some, some);
		char *const room = copy(NULL, 0, DOT_ROOM(some));
		const size_t n = dot_stuff(&dot, part, some, room);

		REQUIRE(o + n <= len);
		memcpy(got + o, room, n);
		o += n;
		dot_count(&count, part, some);
		shown += dot_top(&top, part, some);
		free(part);
		free(room);
	}
	o += dot_finish(&dot, got + o);
	REQUIRE(o == len && memcmp(got, expected, len) == 0);
	REQUIRE(dot_octets(&count) == octets);
	REQUIRE(shown == naive_top(in, size, data[0]));
	free(expected);
	free(got);
	return 0;
}
