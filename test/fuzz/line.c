/* SPDX-License-Identifier: ISC */
/* src/pure/line.c against test/unit/naive.h. The first two octets: the pieces. */
#include <string.h>

#include "fuzz.h"
#include "naive.h"
#include "pure/line.h"

/* All lines that are held are as the reference has them. */
static void take(struct line *l, const char *in, size_t fed, size_t *at)
{
	for (;;) {
		struct naive_line expected;
		char *text = NULL;
		size_t len = 0;
		const enum line_verdict verdict = line_next(l, &text, &len);
		const bool whole = naive_next(in, fed, at, &expected);

		REQUIRE(whole == (verdict != LINE_NONE));
		if (!whole)
			return;
		if (expected.len == SIZE_MAX) {
			REQUIRE(verdict == LINE_LONG);
			continue;
		}
		REQUIRE(verdict == LINE_WHOLE && len == expected.len);
		REQUIRE(memcmp(text, expected.text, len) == 0);
		/* It may be overwritten, as a password is. */
		memset(text, 'x', len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line l;
	const char *const in = (const char *)data + 2;
	size_t piece, at = 0;

	if (size < 2)
		return 0;
	size -= 2;
	/* Not too small for a long stream: the reference is slow. */
	piece = 1 + (data[0] | (size_t)data[1] << 8) + size / 256;
	line_init(&l);
	for (size_t fed = 0; fed < size;) {
		size_t room, some;
		char *const to = line_space(&l, &room);

		REQUIRE(room > 0);
		some = piece < room ? piece : room;
		some = some < size - fed ? some : size - fed;
		memcpy(to, in + fed, some);
		line_added(&l, some);
		fed += some;
		take(&l, in, fed, &at);
	}
	return 0;
}
