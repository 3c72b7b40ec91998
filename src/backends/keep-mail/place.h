/* SPDX-License-Identifier: ISC */
/*
 * The folder in which is kept what is known of one mailbox.
 */
#ifndef BACKENDS_KEEP_MAIL_PLACE_H
#define BACKENDS_KEEP_MAIL_PLACE_H

#include <stdbool.h>

#include "pure/limit.h"

/*
 * Its path: the backend's name and the user's, whatever is in them, below the
 * state folder; made where it is not there. NULL, or what is wrong, with errno
 * or 0.
 */
const char *place_make(const char *name, const char *user,
		       char path[LIMIT_PATH]);

/*
 * Opens it; with `alone`, others that do so wait as long as the descriptor is
 * open. NULL, or what is wrong, with errno or 0.
 */
const char *place_open(const char *path, bool alone, int *fd);

#endif
