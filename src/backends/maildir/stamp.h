/* SPDX-License-Identifier: ISC */
/*
 * What the time stamps of a folder prove about a reading of its names: where
 * they are the same before and after it, and were old before, nothing changed.
 * Stamps come from a clock with a tick: a change within that of the last one
 * leaves them as they are.
 */
#ifndef BACKENDS_MAILDIR_STAMP_H
#define BACKENDS_MAILDIR_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct stamp {
	dev_t device;
	ino_t inode; /* 0: there is no such folder */
	struct timespec changed;
	struct timespec modified;
	int64_t since; /* stamp_now() when it was first seen so */
};

/* Milliseconds of a clock that nobody sets. */
int64_t stamp_now(void);

/*
 * The stamp of an open folder; fd -1 is none. Keeps `since` where it is what
 * it was. Returns 1 where the stamp is old, 0 where a change could still leave
 * it so, or -errno.
 */
int stamp_take(struct stamp *, int fd);

/* Whether `path` leads to that folder, unchanged. 1, 0 or -errno. */
int stamp_holds(const struct stamp *, const char *path);

/* Waits as long as a tick may last. */
void stamp_wait(void);

#endif
