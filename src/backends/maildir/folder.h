/* SPDX-License-Identifier: ISC */
/*
 * A Maildir: its new/ and cur/, the messages found there, and where each of
 * them is now. It reads names and unlinks files; it never opens, stats for
 * its listing, moves or renames a message, and writes no file; `sizes` does,
 * one beside them.
 *
 * Other programs rename messages all the while, and a name that changes while
 * a folder is read may be missed under both. So a message is there where any
 * reading of the folders has it, but it is gone only where one lacks it that
 * proves itself: nothing changed from before its start until after its end.
 *
 * Messages have the numbers of the listing, from 1 on, for as long as it
 * stands. The folders stay open, so what was listed there is removed there,
 * whatever becomes of the path.
 *
 * Functions return 0 or -errno. folder_list alone logs, the names that it
 * leaves out.
 */
#ifndef BACKENDS_MAILDIR_FOLDER_H
#define BACKENDS_MAILDIR_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/maildir/folder-path.h"
#include "backends/maildir/listing.h"
#include "backends/maildir/name.h"
#include "backends/maildir/stamp.h"

struct folder {
	struct folder_path root;
	int fd[FOLDERS]; /* -1 where it is missing */
	struct stamp stamp[FOLDERS];
	bool exists; /* the Maildir itself does */
	int64_t patience_ms; /* how long to wait for a reading that proves */
	bool restless; /* there was none in that time */
	enum folder_number at; /* read last; FOLDERS: the Maildir itself */
	struct listing listed;
	bool told; /* the log has the names that were left out */
	struct listing fresh; /* a later reading, for what has moved */
	bool fresh_taken;
	bool fresh_proves; /* what it lacks was gone */
	bool updating; /* messages are being removed */
};

/* Where a message is now. The name ends in NUL and stands till the next call. */
struct folder_place {
	enum folder_number folder;
	const char *name;
	size_t len;
	uint64_t octets; /* of the file, as it is */
};

/* Where folder_list failed: PATH, PATH "/new" or PATH "/cur"; its octets. */
size_t folder_failed(const struct folder *, char path[FOLDER_PATH + 5]);

/* Before everything else: how long to wait for a reading that proves. */
void folder_init(struct folder *, int64_t patience_ms);

/*
 * Names the Maildir and forgets another one. A relative path is made absolute
 * here, once. -ENAMETOOLONG; -EINVAL where it is empty or holds a control
 * character, which no line of the protocol may.
 */
int folder_set_path(struct folder *, const char *path, size_t len);

/*
 * Opens and lists it. 0 with `exists` false where there is no such folder in
 * the one above: an empty maildrop. Where that is missing, too, a disk may be,
 * and it is an error. A missing new/ or cur/ is an empty one. What cannot be
 * read is an error. -EAGAIN: it did not stand still for a single reading.
 */
int folder_list(struct folder *);

/* Message n, or NULL where there is none. */
const struct mail *folder_message(const struct folder *, size_t n);

/*
 * Where message n is, looked for by its unique part where another program
 * has renamed it. -ENOENT: it is gone. Else it is not known to be: -ENOTUNIQ,
 * its unique part is not its alone; -EEXIST, there is a name that begins with
 * it and may be the message's, by the rules of another system; -EINVAL, its
 * name cannot be told any more; -EAGAIN as above.
 */
int folder_find(struct folder *, size_t n, struct folder_place *);

/* Unlinks message n, wherever folder_find finds it. Errors as there. */
int folder_remove(struct folder *, size_t n, struct folder_place *);

#endif
