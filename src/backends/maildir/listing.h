/* SPDX-License-Identifier: ISC */
/*
 * The messages of a Maildir, as they were at one moment, in order: by time of
 * arrival, then by the unique part, octet by octet, then by the inode, and of
 * two names of one file by the rest of the name: no change of flags changes the
 * order of two messages.
 *
 * Memory: 32 octets and the name for each message, and 8 more while it is
 * sorted; both blocks grow by doubling.
 */
#ifndef BACKENDS_MAILDIR_LISTING_H
#define BACKENDS_MAILDIR_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mail {
	uint64_t time;
	uint64_t inode;
	uint32_t name; /* where in the names; ends in NUL there */
	uint32_t id; /* a unique-id of its own, as .name; 0: none */
	uint64_t octets : 43; /* as POP3 sends it, where .counted */
	uint64_t len : 8;
	uint64_t unique : 8; /* octets of the unique part */
	bool folder : 1; /* the caller's number of a folder */
	bool odd : 1; /* its name is none that can be served */
	bool counted : 1;
	bool twin : 1; /* the size file says that it has, or had, a twin */
	bool removed : 1; /* by us */
};

/*
 * Starts as zeros, or with first blocks that the caller has, for a small
 * Maildir costs no allocation then. They are left for larger ones, unfreed.
 */
struct listing {
	struct mail *messages;
	size_t count;
	size_t room;
	bool messages_owned; /* from malloc */
	bool names_owned;
	char *names;
	size_t used;
	size_t size;
};

/* Names together, at most; a number of a name fits 32 bits. */
#define LISTING_NAMES (UINT32_C(1) << 30)

/*
 * Adds a message; of a name that is longer than NAME_LENGTH the beginning.
 * Returns 0, -ENOMEM or -EOVERFLOW.
 */
int listing_add(struct listing *, const char *name, size_t len,
		unsigned int folder, uint64_t inode, bool odd);

/* Returns 0 or -ENOMEM. */
int listing_sort(struct listing *);

const char *listing_name(const struct listing *, const struct mail *);

/*
 * In a sorted listing: whether a unique part comes before that of the message
 * at i (less than 0), after it, or is the same (0).
 */
int listing_compare(const struct listing *, uint64_t time, const char *unique,
		    size_t len, size_t i);

/* Gives a message a unique-id of its own. 0, -ENOMEM or -EOVERFLOW. */
int listing_set_id(struct listing *, struct mail *, const char *id, size_t len);

/* Whether no two of those have the same. 0, -EBADMSG, or -ENOMEM. */
int listing_ids_differ(const struct listing *);

bool listing_same_unique(const struct listing *, size_t i, size_t j);

/* Whether another message has the unique part of the one at i. */
bool listing_twin(const struct listing *, size_t i);

/*
 * In a sorted listing: the messages with the unique part of `name`. Sets
 * *first to the first one and returns how many there are.
 */
size_t listing_find(const struct listing *, const char *name, size_t unique,
		    size_t *first);

/*
 * In a sorted listing that lacks the unique part of `name`: whether a message
 * begins with it and goes on with neither letter nor digit, and is not, with
 * the same unique part and inode, in `known`.
 */
bool listing_remains(const struct listing *, const char *name, size_t unique,
		     const struct listing *known);

/* Back to no messages. The memory is kept for the next ones. */
void listing_empty(struct listing *);

#endif
