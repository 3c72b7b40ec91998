/* SPDX-License-Identifier: ISC */
/*
 * One status line (RFC 1939 section 3, RFC 2449 sections 3 and 8). Pure.
 */
#ifndef PURE_REPLY_H
#define PURE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/limit.h"

/* What a handler decides; client.c alone writes it. */
struct reply {
	bool ok;
	const char *code; /* "AUTH", "SYS/TEMP", ...; NULL for none */
	bool quoted; /* the text is a backend's, not ours */
	size_t len;
	char text[LIMIT_RESPONSE]; /* not terminated by NUL */
};

/* Sets the verdict, no code, and a text that ends in NUL (it is copied). */
void reply_ok(struct reply *, const char *text);
void reply_err(struct reply *, const char *code, const char *text);

/*
 * Sets the text from a backend's, which may hold anything: what a status
 * line cannot hold becomes a blank (control characters) or `?` (8-bit), and
 * it is cut to what fits. A response code that is well formed, such as
 * `[IN-USE] `, is kept and takes the place of .code; any other `[` at the
 * start is set off by "- ", for a client would take it for a code. An empty
 * text leaves the reply's text as it was.
 */
void reply_text(struct reply *, const char *text, size_t len);

/* Adds to the text; what does not fit is cut. */
void reply_add(struct reply *, const char *text, size_t len);
void reply_add_number(struct reply *, unsigned long long value);

/*
 * Writes "+OK text CRLF" or "-ERR [code] text CRLF" into out and returns its
 * octets, at most LIMIT_RESPONSE. There is always a blank after the verdict
 * (RFC 1957).
 */
size_t reply_format(const struct reply *, char out[LIMIT_RESPONSE]);

#endif
