/* SPDX-License-Identifier: ISC */
/*
 * The bodies that are kept: files of a mailbox's folder, `mail/DIGEST,OCTETS`,
 * with CRLF at each line's end; of one that was too large to stay the link
 * `size/DIGEST` tells how many it had. DIGEST is of the unique-id.
 */
#ifndef BACKENDS_KEEP_MAIL_BODIES_H
#define BACKENDS_KEEP_MAIL_BODIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { BODY_NAME = 32 + 1 + 20 + 1 };

struct body {
	char name[BODY_NAME];
	bool here; /* in mail/ */
	bool wanted;
	uint64_t octets;
};

struct bodies {
	struct body *bodies;
	size_t count, room;
};

/* Reads both folders. 0 or -errno. */
int bodies_read(struct bodies *, int folder);

/* The one of a unique-id, which is then wanted; or NULL. */
const struct body *bodies_find(struct bodies *, const char *uid);

/* Removes all that is not wanted, and what was begun and never ended. */
void bodies_sweep(const struct bodies *, int folder);

/*
 * What is written to `from` until its end, as a new file in mail/: then
 * `octets` tells how many it has. Its last line, a blank and a number, is no
 * part of it: it is the status of who wrote, 0 where the body is whole.
 */
struct body_writer {
	int folder, fd;
	char temporary[32];
	uint64_t octets;
};

/* Reads all: the status, or -errno. Then one of the next two, or body_drop. */
int body_take(struct body_writer *, int folder, FILE *from);

/*
 * Gives it its name, which is in `name` then, and makes room: all have `most`
 * octets. One that has more than a quarter of them is a large one, and of those
 * all have as many. 0 or -errno.
 */
int body_keep(struct body_writer *, int folder, const char *uid, uint64_t most,
	      char name[BODY_NAME]);

void body_drop(struct body_writer *);

#endif
