/* SPDX-License-Identifier: ISC */
/*
 * The lists in which other servers keep the unique-ids of a Maildir. Pure: a
 * line in, without its LF, a verdict out.
 */
#ifndef BACKENDS_MAILDIR_FOREIGN_H
#define BACKENDS_MAILDIR_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/text.h"

/* One message of a foreign list. */
struct foreign_entry {
	uint64_t uid;
	uint64_t validity;
	const char *own; /* a unique-id that no format makes, or NULL */
	size_t own_len;
	const char *name;
	size_t len;
	bool counted;
	uint64_t octets;
};

/* What the first line of a list says, and how its lines are told. */
struct foreign_list {
	uint64_t validity;
	bool headed;
};

/*
 * The first line, and the others, of dovecot-uidlist and courierpop3dsizelist:
 * NULL, or what is wrong in a few words. What points, points into the line.
 */
const char *foreign_dovecot_head(struct foreign_list *, const char *at,
				 const char *end);
const char *foreign_dovecot_line(const struct foreign_list *, const char *at,
				 const char *end, struct foreign_entry *);
const char *foreign_courier_head(struct foreign_list *, const char *at,
				 const char *end);
const char *foreign_courier_line(const char *at, const char *end,
				 struct foreign_entry *);

/*
 * A format of Dovecot's pop3_uidl_format: %u the UID, %v the UIDVALIDITY, %f
 * the name without its flags; with a width, and X for hex. False where it is
 * none, or there are other variables in it. With `to` NULL nothing is written.
 */
bool foreign_format(struct text *to, const char *format,
		    const struct foreign_entry *);

#endif
