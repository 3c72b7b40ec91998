/* SPDX-License-Identifier: ISC */
/*
 * src/pure/dot.c with each of its two inner loops (test/unit/meson.build): P1.9,
 * P3.8, P3.11 and P3.12, against naive.h.
 */
#include <stdlib.h>
#include <string.h>

#include "naive.h"
#include "pure/dot.h"
#include "tap.h"

/* What a message becomes. */
static const struct {
	const char *stored, *sent;
	uint64_t octets;
} rows[] = {
	/* clang-format off */
	{ "",            "",                0 },
	{ "\n",          "\r\n",            2 },
	{ "\r\n",        "\r\n",            2 },
	{ "a",           "a\r\n",           3 },
	{ "a\n",         "a\r\n",           3 },
	{ "a\r\n",       "a\r\n",           3 },
	{ "a\r",         "a\r\r\n",         4 },
	{ "a\r\r\n",     "a\r\r\n",         4 },
	{ "\r",          "\r\r\n",          3 },
	{ "a\rb\n",      "a\rb\r\n",        5 },
	{ "\n\n",        "\r\n\r\n",        4 },
	{ ".",           "..\r\n",          3 },
	{ ".\n",         "..\r\n",          3 },
	{ "..",          "...\r\n",         4 },
	{ ".x\n.y",      "..x\r\n..y\r\n",  8 },
	{ "a\n.",        "a\r\n..\r\n",     6 },
	{ "a\n.\n",      "a\r\n..\r\n",     6 },
	{ "a\r.\n",      "a\r.\r\n",        5 },
	{ "a.\n",        "a.\r\n",          4 },
	{ ".\r\n.\r\n",  "..\r\n..\r\n",    6 },
	{ "\1.\n",       "\1.\r\n",         4 },
	{ "\377\n.\377", "\377\r\n..\377\r\n", 7 },
	/* clang-format on */
};

static const struct {
	const char *stored;
	uint64_t lines;
	const char *shown;
} tops[] = {
	/* clang-format off */
	{ "",               0, "" },
	{ "H\n\nb\nc\n",    0, "H\n\n" },
	{ "H\n\nb\nc\n",    1, "H\n\nb\n" },
	{ "H\n\nb\nc\n",    2, "H\n\nb\nc\n" },
	{ "H\n\nb\nc\n",    9, "H\n\nb\nc\n" },
	{ "H\n\nb\nc\n",    UINT64_MAX, "H\n\nb\nc\n" },
	{ "H\r\n\r\nb\r\n", 0, "H\r\n\r\n" },
	{ "H\n\n\n\nb\n",   1, "H\n\n\n" },
	{ "\nb\n",          0, "\n" },
	{ "\r\nb\n",        0, "\r\n" },
	{ "H\n \nI\n\nb",   0, "H\n \nI\n\n" },
	{ "H\n\r\r\n\nb",   0, "H\n\r\r\n\n" },
	{ "H\nI\n",         0, "H\nI\n" },
	{ "H",              0, "H" },
	{ "H\n\nb",         1, "H\n\nb" },
	/* clang-format on */
};

/* Memory of the very size, for the sanitizers and valgrind. */
static char *block(size_t n)
{
	char *const memory = malloc(n > 0 ? n : 1);

	if (memory == NULL)
		abort();
	return memory;
}

/*
 * Sends a message through dot_stuff and dot_count in pieces: one ends behind
 * each octet i where ends[i], and at the end.
 */
static size_t send_pieces(const char *in, size_t n, const bool *ends, char *out,
			  uint64_t *octets)
{
	struct dot dot = { .cr = false };
	struct dot_count count = { .octets = 0 };
	size_t from = 0, o = 0;

	for (size_t i = 0; i < n; i++) {
		const size_t some = i + 1 - from;
		char *piece, *room;
		size_t got;

		if (!ends[i] && i + 1 < n)
			continue;
		piece = block(some);
		room = block(DOT_ROOM(some));
		memcpy(piece, in + from, some);
		dot_count(&count, piece, some);
		got = dot_stuff(&dot, piece, some, room);
		memcpy(out + o, room, got);
		o += got;
		free(piece);
		free(room);
		from = i + 1;
	}
	*octets = dot_octets(&count);
	return o + dot_finish(&dot, out + o);
}

static size_t top_pieces(const char *in, size_t n, const bool *ends,
			 uint64_t lines)
{
	struct dot_top top = { .lines = lines };
	size_t from = 0, shown = 0;

	for (size_t i = 0; i < n; i++) {
		const size_t some = i + 1 - from;
		char *piece;

		if (!ends[i] && i + 1 < n)
			continue;
		piece = block(some);
		memcpy(piece, in + from, some);
		shown += dot_top(&top, piece, some);
		free(piece);
		from = i + 1;
	}
	return shown;
}

/* Whether all is as the reference has it. */
static bool agrees(const char *in, size_t n, const bool *ends)
{
	const uint64_t lines = tap_random() % 4;
	char *const expected = block(DOT_ROOM(n)), *const got =
							   block(DOT_ROOM(n));
	uint64_t octets = 1, counted = 2;
	const size_t len = naive_stuff(in, n, expected, &octets);
	const bool same =
		send_pieces(in, n, ends, got, &counted) == len &&
		memcmp(got, expected, len) == 0 && octets == counted &&
		top_pieces(in, n, ends, lines) == naive_top(in, n, lines);

	free(expected);
	free(got);
	return same;
}

static void test_rows(void)
{
	static const bool whole[16],
		single[16] = { true, true, true, true, true, true,
			       true, true, true, true, true, true };
	static const bool *const ends[] = { whole, single };

	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		const char *const in = rows[i / 2].stored;
		const char *const sent = rows[i / 2].sent;
		char out[64];
		uint64_t octets = 0;
		const size_t n =
			send_pieces(in, strlen(in), ends[i % 2], out, &octets);

		tap(n == strlen(sent) && memcmp(out, sent, n) == 0 &&
			    octets == rows[i / 2].octets,
		    "P1.9, P3.11: row %zu, %s", i / 2,
		    i % 2 == 0 ? "whole" : "octet by octet");
	}
	for (size_t i = 0; i < 2 * COUNT(tops); i++) {
		const char *const in = tops[i / 2].stored;

		tap(top_pieces(in, strlen(in), ends[i % 2],
			       tops[i / 2].lines) == strlen(tops[i / 2].shown),
		    "P3.8: TOP, row %zu, %s", i / 2,
		    i % 2 == 0 ? "whole" : "octet by octet");
	}
}

/* All messages of so many octets of four kinds, in all splits. */
static void test_all_splits(size_t n)
{
	static const char kinds[] = { '\n', '\r', '.', 'a' };
	unsigned wrong = 0;
	bool ends[8];
	char in[8];

	for (unsigned text = 0; text < 1u << (2 * n); text++) {
		for (size_t i = 0; i < n; i++)
			in[i] = kinds[text >> (2 * i) & 3];
		for (unsigned split = 0; split < 1u << (n - 1); split++) {
			for (size_t i = 0; i < n; i++)
				ends[i] = (split >> i & 1) != 0;
			wrong += !agrees(in, n, ends);
		}
	}
	tap(wrong == 0, "P1.9: all messages of %zu octets in all splits", n);
}

/* Long ones, where the inner loops take many octets at once. */
static void test_random(size_t most, unsigned rounds)
{
	static const char kinds[] = "\n\n\r\r..aaaaaaaaaa";
	bool *const ends = (bool *)(void *)block(most * sizeof(*ends));
	char *const in = block(most);
	unsigned wrong = 0;

	for (unsigned round = 0; round < rounds; round++) {
		const size_t n = tap_random() % most;
		/* From almost nothing but text to almost nothing but ends. */
		const unsigned range = 4 + tap_random() % 200;
		const unsigned piece = 1 + tap_random() % 100;

		for (size_t i = 0; i < n; i++) {
			const unsigned kind = tap_random() % range;

			in[i] = kind < sizeof(kinds) - 1 ? kinds[kind]
							 : (char)tap_random();
			ends[i] = tap_random() % piece == 0;
		}
		wrong += !agrees(in, n, ends);
	}
	free(in);
	free(ends);
	tap(wrong == 0, "P1.9: %u random messages up to %zu octets", rounds,
	    most);
}

/* More line ends than one counter of the inner loop holds. */
static void test_many_ends(void)
{
	enum { MANY = 40000 };
	char *const in = block(MANY);
	struct dot_count count = { .octets = 0 };

	memset(in, '\n', MANY);
	dot_count(&count, in, MANY);
	tap(dot_octets(&count) == 2 * MANY, "P3.11: nothing but LF");
	for (size_t i = 0; i < MANY; i += 2)
		in[i] = '\r';
	count = (struct dot_count){ .octets = 0 };
	dot_count(&count, in, MANY);
	tap(dot_octets(&count) == MANY, "P3.11: nothing but CRLF");
	free(in);
}

int main(void)
{
	test_rows();
	for (size_t n = 1; n <= 6; n++)
		test_all_splits(n);
	test_random(200, 5000);
	test_random(20000, 50);
	test_many_ends();
	return tap_done();
}
