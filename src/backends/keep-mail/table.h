/* SPDX-License-Identifier: ISC */
/*
 * What is known of the messages of a mailbox: a file in its folder, read and
 * replaced as a whole.
 */
#ifndef BACKENDS_KEEP_MAIL_TABLE_H
#define BACKENDS_KEEP_MAIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages of a mailbox, as pop3-skel has them; octets of the whole. */
enum { TABLE_MOST = 1000000, TABLE_OCTETS = 256 << 20 };
/* Those that are gone and that the source has no more: seconds, and how many. */
enum { ABSENT_SECONDS = 30 * 86400, ABSENT_MOST = 65536 };
/* Octets of a unique-id that is any client's; of what names a message. */
enum { UID_MOST = 70, KEY_MOST = 4000 };

enum entry_state {
	ENTRY_HERE = 'h',
	ENTRY_GONE = 'g', /* deleted, and the source has it */
	ENTRY_ABSENT = 'a', /* deleted, and the source had it until `since` */
};

struct entry {
	enum entry_state state;
	uint64_t since;
	const char *uid; /* these end in NUL */
	const char *key;
	/* Of a source's own list alone: where it is, or NULL, and its size. */
	const char *path;
	const char *size;
};

struct table {
	struct entry *entries;
	size_t count, room;
	struct entry **sorted; /* by unique-id, after table_sort */
	char *text; /* what was read */
	size_t len;
};

/* All of a descriptor, with a NUL behind it; NULL, with errno. */
char *table_slurp(int fd, size_t most, size_t *len);

/* Adds one; false where there are too many. */
bool table_add(struct table *, const struct entry *);
void table_sort(struct table *);
/* The one of this unique-id, or NULL. */
struct entry *table_find(const struct table *, const char *uid);

/*
 * Reads the file in a folder; none is an empty one. NULL, or what is wrong: then
 * errno, or 0 where the file is none of ours or damaged.
 */
const char *table_read(struct table *, int folder);

/*
 * Replaces it, where it is to be another, so that it is on the disk. 0 or
 * -errno.
 */
int table_write(const struct table *, int folder, const struct table *before);

/*
 * The unique-id of a key: itself where it can be one and does not
 * look as a digest, or its digest.
 */
const char *table_uid(const char *key);

/* The first 32 digits of a text's SHA-256. */
void table_digest(const char *text, char hex[33]);

#endif
