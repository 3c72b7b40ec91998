/* SPDX-License-Identifier: ISC */
/*
 * A part of a mail (RFC 2045): its type, how it is encoded, its octets.
 */
#ifndef BACKENDS_MAKE_MAIL_PART_H
#define BACKENDS_MAKE_MAIL_PART_H

#include <stddef.h>
#include <stdio.h>

struct part {
	const char *type; /* "text/plain" */
	const char *name; /* of an attached file, or NULL */
	char *data; /* its own */
	size_t len;
};

/* The type of a file by the end of its name: application/octet-stream else. */
const char *part_type(const char *name);

/*
 * Writes the fields about it, an empty line and its octets with a newline at
 * their end: as they are where a mail can hold them so, else in base64.
 */
void part_write(FILE *, const struct part *);

#endif
