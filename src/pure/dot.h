/* SPDX-License-Identifier: ISC */
/*
 * A stored message as POP3 sends it (RFC 1939 sections 3 and 11), in pieces of
 * any size. Pure.
 *
 * A line ends with LF in the store; one CR before it belongs to the line end.
 * It goes out as CR LF. A lone CR and NUL are octets like any other. A last
 * line without LF is ended. An empty message has no lines.
 */
#ifndef PURE_DOT_H
#define PURE_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Byte-stuffing. All zero at the start of a message. */
struct dot {
	bool mid_line; /* the last octet was no LF */
	bool cr; /* the last octet was CR */
};

/* What dot_stuff may write for n octets, its slack included. */
#define DOT_ROOM(n) (2 * (n) + 64)

/*
 * Converts all n octets: line ends, and a dot before one that begins a line.
 * Returns the octets written. in and out must not overlap.
 */
size_t dot_stuff(struct dot *, const char *in, size_t n, char *out);

/* Writes the line end of an unended last line: returns 2, else 0. */
size_t dot_finish(struct dot *, char *out);

/* The size as POP3 counts it. All zero at the start of a message. */
struct dot_count {
	uint64_t octets;
	bool mid_line, cr;
};

void dot_count(struct dot_count *, const char *in, size_t n);

/*
 * The octets so far, with the line end of an unended last line; stuffed dots
 * are not counted (RFC 1939 section 11).
 */
uint64_t dot_octets(const struct dot_count *);

/*
 * TOP (RFC 1939 section 7): headers, the blank line, and so many lines of the
 * body. All zero but .lines at the start of a message.
 */
struct dot_top {
	uint64_t lines; /* of the body, still to come */
	bool body; /* the blank line has passed */
	bool mid_line, cr;
	bool full; /* nothing more belongs to it */
};

/* How many of the next n octets belong to it. */
size_t dot_top(struct dot_top *, const char *in, size_t n);

#endif
