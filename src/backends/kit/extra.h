/* SPDX-License-Identifier: ISC */
/*
 * The extra fields of a line of the users file. What is done, and what cannot
 * matter here, are two lists; any other field may be one that keeps its user
 * out, or has other mail served, so with it nobody is let in. Pure.
 */
#ifndef BACKENDS_KIT_EXTRA_H
#define BACKENDS_KIT_EXTRA_H

#include <stdbool.h>
#include <stddef.h>

/* What all the fields of a line come to. */
struct extra {
	bool out; /* nobody logs in by this line, or not from there */
	const char *mail; /* a template in place of the usual one, or NULL */
	const char
		*refused; /* the name of the first that is not done, or NULL */
	size_t refused_len;
};

/*
 * Takes the fields apart where they stand, and judges them for a client at
 * this address; "" is one whose address is not known.
 */
void extra_read(struct extra *, char *fields, const char *client);

#endif
