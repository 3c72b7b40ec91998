/* SPDX-License-Identifier: ISC */
/* src/pure/line.c: P1.3, P1.5, P1.14, against naive.h. */
#include <stdlib.h>
#include <string.h>

#include "naive.h"
#include "pure/line.h"
#include "tap.h"

/*
 * Feeds a stream in pieces of at most `piece` octets and compares what comes
 * out with what the reference makes of all of it.
 */
static bool agrees(const char *in, size_t n, size_t piece)
{
	struct line *const l = malloc(sizeof(*l));
	struct naive_line expected;
	size_t fed = 0, at = 0;
	bool same = l != NULL;

	line_init(l);
	while (same) {
		char *text = NULL;
		size_t len = 0, room, some;
		const enum line_verdict verdict = line_next(l, &text, &len);

		if (verdict == LINE_NONE && fed < n) {
			char *const to = line_space(l, &room);

			some = n - fed < piece ? n - fed : piece;
			some = some < room ? some : room;
			same = same && room > 0;
			memcpy(to, in + fed, some);
			line_added(l, some);
			fed += some;
			continue;
		}
		if (!naive_next(in, n, &at, &expected)) {
			same = same && verdict == LINE_NONE;
			break;
		}
		if (expected.len == SIZE_MAX)
			same = same && verdict == LINE_LONG;
		else
			same = same && verdict == LINE_WHOLE &&
			       len == expected.len &&
			       memcmp(text, expected.text, len) == 0;
	}
	free(l);
	return same;
}

static void test_short(void)
{
	static const char *const streams[] = {
		"",
		"\n",
		"\r\n",
		"\r\r\n",
		"NOOP",
		"NOOP\r",
		"NOOP\r\nNOOP\r\nQUIT\r\n",
		"NOOP\nQUIT\n",
		"a\rb\r\n",
		"\n\n\n",
		"PASS  two  blanks \r\n",
		"\377\1\r\n.\r\nQUIT",
	};

	for (size_t i = 0; i < COUNT(streams); i++)
		for (size_t piece = 1; piece <= 4; piece++)
			tap(agrees(streams[i], strlen(streams[i]), piece),
			    "P1.14: \"%s\" in pieces of %zu", streams[i],
			    piece);
}

/* A line of so many octets, and a command behind it. */
static void test_long(size_t octets)
{
	static const size_t pieces[] = { 1, 255, 4096, LIMIT_INPUT, 100000 };
	static char in[3 * LIMIT_INPUT];
	size_t right = 0;

	for (size_t i = 0; i < COUNT(pieces); i++) {
		size_t n = octets;

		memset(in, 'x', n);
		in[n - 1] = '\n';
		memcpy(in + n, "\nQUIT\r\n", 7);
		n += 7;
		right += agrees(in, n, pieces[i]);
		/* A CR on the edge is one more octet of the line. */
		in[octets - 2] = '\r';
		right += agrees(in, n, pieces[i]);
	}
	tap(right == 2 * COUNT(pieces), "P1.5: a line of %zu octets", octets);
}

static void test_random(void)
{
	static char in[60000];
	unsigned wrong = 0;

	for (unsigned round = 0; round < 200; round++) {
		const size_t n = tap_random() % sizeof(in);
		const unsigned range = 3 + tap_random() % 30000;

		for (size_t i = 0; i < n; i++) {
			const unsigned kind = tap_random() % range;

			in[i] = kind == 0 ? '\n' : kind == 1 ? '\r' : 'a';
		}
		wrong += !agrees(in, n, 1 + tap_random() % 20000);
	}
	tap(wrong == 0, "P1.5, P1.14: 200 random streams");
}

int main(void)
{
	test_short();
	for (int by = -2; by <= 2; by++)
		test_long((size_t)(LIMIT_AUTH_LINE + by));
	test_long(LIMIT_COMMAND);
	test_long(LIMIT_INPUT - 1);
	test_long(LIMIT_INPUT);
	test_long(LIMIT_INPUT + 1);
	test_long(2 * LIMIT_INPUT);
	test_random();
	return tap_done();
}
