/* SPDX-License-Identifier: ISC */
/*
 * What is known of the messages of a Maildir beyond their names: what they
 * count, told by pop3-skel when a session ends, and which of them had a twin.
 * It is kept in a file of the Maildir, maildir(8), whose lines go by the unique
 * part of a name: flags, and new/ to cur/, change nothing.
 *
 * Who reads it gets what a session without it would tell, or one that never
 * was; who damages it gets the former.
 */
#ifndef BACKENDS_MAILDIR_SIZES_H
#define BACKENDS_MAILDIR_SIZES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "backends/maildir/folder.h"
#include "backends/maildir/size-file.h"

struct sizes {
	bool writes; /* the file is to be kept */
	const char *import; /* a form of import.h, or NULL */
	bool changed; /* it does not have what is known now */
	char form[SIZE_LIST_FORM + 1]; /* what was imported; "": nothing */
	bool fresh; /* that is not in a file yet */
	struct stat read; /* the file that was read; .st_ino 0: none */
};

/* Before a list: the features that are told, words or NULL. */
void sizes_start(struct sizes *, const char *features);

/*
 * After folder_list: what the file says of its messages, and unless it has some
 * already, the unique-ids that are to be imported. Those, and twins that it does
 * not have, it has afterwards. 0, or, logged, -errno: their
 * unique-ids cannot be told now.
 */
int sizes_list(struct sizes *, struct folder *);

/* The arguments of `sizes`. False where they are none of this list. */
bool sizes_take(struct sizes *, struct folder *, const char *arguments);

/* Message n was removed. */
void sizes_removed(struct sizes *, struct folder *, size_t n);

/* After the last request: keeps what is new, if it may. */
void sizes_end(struct sizes *, struct folder *);

#endif
