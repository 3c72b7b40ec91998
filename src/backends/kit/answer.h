/* SPDX-License-Identifier: ISC */
/*
 * Answers to pop3-skel, gathered and written in large pieces. A write that
 * fails ends the program: nobody is left to answer.
 */
#ifndef BACKENDS_KIT_ANSWER_H
#define BACKENDS_KIT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pure/limit.h"

void answer_add(const char *data, size_t len);
void answer_string(const char *);
void answer_number(uint64_t);

/*
 * Room for what a request needs before its answer is known: that of the answer,
 * so nothing is added while it is in use. Aligned for what is so in a file.
 */
enum { ANSWER_ROOM = 16384, ANSWER_ALIGNED = 16 };
void *answer_room(void);

/* Writes what is held. Before any wait for a request, and any end. */
void answer_flush(void);

/* This alone, and the end: what --help prints. */
_Noreturn void answer_and_exit(const char *text);

/* Writes all of it elsewhere, with the same end where nobody reads. */
void answer_write(int fd, const char *data, size_t len);

/* The same end, for what takes long: where nobody is left to write to. */
void answer_look(void);

/*
 * `become UID GID`: to be sent while this process still is root, or is not the
 * user's to look into, for who could write here could say another.
 */
void answer_become(uid_t, gid_t);

/*
 * `lock` of a Maildir, whose path is absolute. A path that no line may hold has
 * no such line.
 */
void answer_lock(const char *path);

/*
 * The absolute path of a Maildir, which may be in the current folder. False
 * where it does not open: before a list there is no `lock` of that, and who
 * lists it says what is wrong.
 */
bool answer_lockable(const char *folder, char path[LIMIT_PATH]);

#endif
