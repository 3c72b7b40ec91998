/* SPDX-License-Identifier: ISC */
/*
 * What a message's file name says. Pure.
 *
 * 1035478339.M20046P27.host,S=1000,W=1030:2,S
 * ^time      ^---------------^ unique part up to the first `,` or `:`
 */
#ifndef BACKENDS_MAILDIR_NAME_H
#define BACKENDS_MAILDIR_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NAME_MAX of Linux; a longer name cannot be opened. */
#define NAME_LENGTH 255

/* The length of the unique part: all of it where neither `,` nor `:` is. */
size_t name_unique(const char *name, size_t len);

/*
 * The time of arrival: the digits at the start. 0 where there are none, the
 * largest number where they are too many for any clock.
 */
uint64_t name_time(const char *name, size_t len);

/*
 * The octets as POP3 sends them, from `,W=digits` before the flags, into
 * *octets. False where the name does not tell.
 */
bool name_size(const char *name, size_t len, uint64_t *octets);

/*
 * NULL where a message of this name can be served, else why not: a control
 * character, which no line of the protocol may hold, no unique part, or too
 * long a name.
 */
const char *name_unservable(const char *name, size_t len);

#endif
