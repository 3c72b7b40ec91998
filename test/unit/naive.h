/* SPDX-License-Identifier: ISC */
/*
 * What src/pure/dot.c and src/pure/line.c do, byte by byte and without a thought for
 * speed: the reference of their tests and fuzzers, which include it once.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"

/*
 * A whole message as POP3 sends it, without the final dot, into out, which
 * holds DOT_ROOM(n). *octets is its size (RFC 1939 section 11).
 */
static inline size_t naive_stuff(const char *in, size_t n, char *out,
				 uint64_t *octets)
{
	bool begins = true;
	size_t o = 0, dots = 0;

	for (size_t i = 0; i < n; i++) {
		if (begins && in[i] == '.') {
			out[o++] = '.';
			dots++;
		}
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[o++] = '\r';
		out[o++] = in[i];
		begins = in[i] == '\n';
	}
	if (!begins) {
		out[o++] = '\r';
		out[o++] = '\n';
	}
	*octets = o - dots;
	return o;
}

/* The octets that TOP shows: headers, the blank line, and so many lines. */
static inline size_t naive_top(const char *in, size_t n, uint64_t lines)
{
	bool body = false;
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		if (body && lines == 0)
			return i;
		if (in[i] != '\n')
			continue;
		if (body)
			lines--;
		else
			body = i == start ||
			       (i == start + 1 && in[start] == '\r');
		start = i + 1;
	}
	return n;
}

/*
 * The next line of a stream from *at on: true with its text, or with .len of
 * SIZE_MAX where it is too long; false where none is whole.
 */
struct naive_line {
	const char *text;
	size_t len;
};

static inline bool naive_next(const char *in, size_t n, size_t *at,
			      struct naive_line *line)
{
	size_t end = *at;

	while (end < n && in[end] != '\n')
		end++;
	if (end == n)
		return false;
	line->text = in + *at;
	line->len = end - *at;
	if (line->len + 1 > LIMIT_AUTH_LINE)
		line->len = SIZE_MAX;
	else if (line->len > 0 && in[end - 1] == '\r')
		line->len--;
	*at = end + 1;
	return true;
}

#endif
