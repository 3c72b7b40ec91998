/* SPDX-License-Identifier: ISC */
/*
 * maildirsize, the file of Maildir++ in which those who deliver add up what is
 * in a Maildir: what was removed is taken off there, in one line of a session.
 */
#ifndef BACKENDS_MAILDIR_QUOTA_H
#define BACKENDS_MAILDIR_QUOTA_H

#include <stdint.h>

#include "backends/maildir/folder.h"

struct quota {
	uint64_t octets;
	uint64_t count;
};

/* A file of so many octets was removed. */
void quota_freed(struct quota *, uint64_t octets);

/* Where there is such a file: says so there, and starts from zero. */
void quota_tell(struct quota *, const struct folder *);

#endif
