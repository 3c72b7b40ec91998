/* SPDX-License-Identifier: ISC */
/*
 * --record: both conversations of a session, in a file of its own, for people
 * and for pop3-skel-check --replay. What is secret is left out by who calls;
 * of a body, or a list, the first LIMIT_RECORD_BODY octets are kept. Where
 * nothing is recorded all this does nothing.
 *
 * After the first line each is SECONDS WHO SIGN TEXT:
 *
 *	<	what WHO said, a line without its end
 *	>	what WHO was told
 *	+	the line goes on, for it is long
 *	~	what is not here, in words
 *	.	the session's end, and why
 *
 * A backslash, and what is not printable ASCII, is \xNN.
 */
#ifndef OS_RECORD_H
#define OS_RECORD_H

#include <stdbool.h>
#include <stddef.h>

struct record;

enum record_who { RECORD_CLIENT, RECORD_BACKEND };

/*
 * What is wrong with the folder, in a few words; NULL: a file can be made
 * there. It is made, 0700, where it is missing.
 */
const char *record_wrong(const char *folder);

/*
 * Begins one, of the session with this id; NULL, and one line of the log says
 * why, where there is none. All below take NULL as well, and then do nothing.
 */
struct record *record_start(const char *folder, const char *id,
			    const char *backend);

/* Whether something is recorded. */
bool record_on(const struct record *);

/* One line, without its end. */
void record_line(struct record *, enum record_who, char sign, const char *text,
		 size_t len);

/* Octets of lines that may be many and long, in pieces of any size. */
void record_data(struct record *, enum record_who, char sign, const char *data,
		 size_t n);

/* The end of the session, and of the file. */
void record_end(struct record *, const char *why);

#endif
