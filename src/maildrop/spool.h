/* SPDX-License-Identifier: ISC */
/*
 * The spool: a file without a name for bodies whose size the backend did not
 * tell, since a client is told it before them. Each stays there for the
 * session, its length in front of it.
 */
#ifndef MAILDROP_SPOOL_H
#define MAILDROP_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "maildrop/maildrop.h"
#include "pure/dot.h"
#include "pure/limit.h"
#include "pure/sha256.h"

struct spool {
	int fd; /* -1 until needed */
	uint64_t max; /* octets; --spool-max */
	uint64_t end; /* where the next body goes */
	/* The body that is on its way into it. */
	bool full; /* over .max: it is only counted */
	bool hashed; /* .hash is wanted, for a unique-id */
	int error; /* -errno */
	struct sha256 hash;
	struct dot_count count;
	uint64_t at; /* where its next octets go */
	size_t held; /* of those that wait for more */
	char hold[LIMIT_HOLD_BACK];
};

/* An empty one; no file yet. */
void spool_start(struct spool *, uint64_t max);

/* A body comes, of which a unique-id is to be made where `hashed`. */
void spool_begin(struct spool *, bool hashed);

/* Octets of it, as they are stored. */
void spool_add(struct spool *, const char *data, size_t n);

/*
 * It is whole: the message has it, its size and its unique-id; or its size
 * alone, and .refused, where it is too large. 0, or -errno: then it has
 * nothing.
 */
int spool_settle(struct spool *, struct maildrop *, struct message *);

/* Where in the file a message's body is; false where it cannot be read. */
bool spool_find(const struct spool *, const struct message *, uint64_t *at,
		uint64_t *octets);

#endif
