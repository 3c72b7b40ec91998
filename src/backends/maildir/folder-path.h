/* SPDX-License-Identifier: ISC */
/*
 * The path of a Maildir, and of its two folders.
 */
#ifndef BACKENDS_MAILDIR_FOLDER_PATH_H
#define BACKENDS_MAILDIR_FOLDER_PATH_H

#include <limits.h>
#include <stddef.h>

#include "backends/maildir/name.h"

/* A Maildir's path, so that each message's fits PATH_MAX with its NUL. */
#define FOLDER_PATH (PATH_MAX - NAME_LENGTH - 1 - 5)

enum folder_number {
	FOLDER_NEW,
	FOLDER_CUR,
	FOLDERS,
};

struct folder_path {
	size_t len;
	char data[FOLDER_PATH + 1]; /* absolute, no `/` at its end */
};

/* "new" or "cur". */
const char *folder_name(enum folder_number);

/*
 * A relative path is made absolute, here and once. 0; -ENAMETOOLONG; -EINVAL
 * where it is empty or holds a control character, which no line of the
 * protocol may.
 */
int folder_path_set(struct folder_path *, const char *path, size_t len);

/* PATH "/new" or PATH "/cur". */
void folder_path(const struct folder_path *, enum folder_number,
		 char path[FOLDER_PATH + 5]);

/*
 * Of what was not found: 0 where nothing has this name. -ENXIO where a link has
 * it, which leads to nothing: to a disk that is not mounted, say.
 */
int folder_path_absent(const char *path);

/*
 * 0 where the folder in which the Maildir is, or would be, is there: a home,
 * which every user has, with mail or without. Else -errno.
 */
int folder_path_home(const struct folder_path *);

#endif
