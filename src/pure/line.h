/* SPDX-License-Identifier: ISC */
/*
 * Lines out of a stream of the client's octets (RFC 1939 section 3). Pure.
 *
 * Only LF completes a line; one CR before it belongs to the line end, so a
 * bare LF is accepted. A line of more than LIMIT_AUTH_LINE octets (line end
 * included) is swallowed up to its LF and reported once, as LINE_LONG: its
 * rest is never taken for a second command.
 */
#ifndef PURE_LINE_H
#define PURE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/limit.h"

struct line {
	size_t start; /* the first octet not yet given out */
	size_t scan; /* no LF stands in start..scan */
	size_t end; /* octets held */
	bool swallow; /* in the rest of an overlong line */
	char data[LIMIT_INPUT];
};

enum line_verdict {
	LINE_NONE, /* no whole line is held: read more */
	LINE_WHOLE,
	LINE_LONG,
};

/* Empties it. The data need not be cleared. */
void line_init(struct line *);

/*
 * Where the next octets go, and how many fit: at least one, once line_next
 * found no line. Moves what is held to the front and wipes what was given out
 * before: it may have held a password.
 */
char *line_space(struct line *, size_t *room);

/* Says that n octets were put there. */
void line_added(struct line *, size_t n);

/*
 * The next line, without its line end, into *text and *len, both set only
 * with LINE_WHOLE. The text may hold any octet but LF, is not terminated by
 * NUL, may be overwritten, and stays until line_space.
 */
enum line_verdict line_next(struct line *, char **text, size_t *len);

#endif
