/* SPDX-License-Identifier: ISC */
/*
 * Bodies that are too large to stay: files `large.DIGEST` in mail/, so that a
 * session has one body under one unique-id. They go before others when there is
 * no room, and an hour later at the next list.
 */
#ifndef BACKENDS_KEEP_MAIL_LARGE_H
#define BACKENDS_KEEP_MAIL_LARGE_H

#include <stdbool.h>
#include <stdint.h>

enum { LARGE_NAME = 6 + 32 + 1 };

/* The name of the one of a unique-id; whether it is there, in the mailbox. */
bool large_find(int folder, const char *uid, char name[LARGE_NAME]);

/* Whether a file in mail/ is one. */
bool large_name(const char *name);

/*
 * Removes the oldest ones, until all with `octets` more have `most`, or there is
 * none. The descriptor is that of mail/.
 */
void large_room(int mail, uint64_t octets, uint64_t most);

#endif
