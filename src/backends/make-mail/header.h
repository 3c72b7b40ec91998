/* SPDX-License-Identifier: ISC */
/*
 * Fields of a mail's header (RFC 5322, section 2.2): folded, and in words of
 * RFC 2047 where their text is not ASCII.
 */
#ifndef BACKENDS_MAKE_MAIL_HEADER_H
#define BACKENDS_MAKE_MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How many octets the character of UTF-8 at the start has; 0 for none. */
size_t header_character(const char *text, size_t len);

/*
 * Writes `Name: text`. Control characters are blanks, and what is no UTF-8 is a
 * question mark: no text makes another field.
 */
void header_text(FILE *, const char *name, const char *text);

/*
 * Writes `Name: ` and mailboxes: `a@example.org` or `Name <a@example.org>`.
 * False, nothing written, where the address could not stand there.
 */
bool header_mailbox(FILE *, const char *name, const char *mailbox);

/* Writes `; name="value"`, on a line of its own, as RFC 2231 where it needs that. */
void header_parameter(FILE *, const char *name, const char *value);

#endif
