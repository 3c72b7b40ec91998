/* SPDX-License-Identifier: ISC */
/*
 * What the login backends have in common: requests in, answers out, a line for
 * the log, and the end of being root. The contract is pop3-skel-backend(7).
 */
#ifndef BACKENDS_KIT_LOOP_H
#define BACKENDS_KIT_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	COPROCESS_REQUEST = 12292, /* the longest, its LF included */
	COPROCESS_TROUBLE = 75, /* exit status: not to be answered */
};

/*
 * The start: the program's name in the log, and no other process of the same
 * user looks into this one.
 */
void coprocess_start(const char *name);

/*
 * The next request, its LF replaced by a NUL. False where there is none: the
 * session is over. The caller overwrites what was a secret in it.
 */
bool coprocess_request(char request[COPROCESS_REQUEST]);

/*
 * Cuts the first field off: returns it, with a NUL, and moves *rest behind the
 * blank. NULL, and *rest as it was, where no blank follows.
 */
char *coprocess_field(char **rest);

/* Writes all of it. A pipe that nobody reads ends the program. */
void coprocess_write(int fd, const char *data, size_t len);

/* Answers. */
void coprocess_say(const char *text);

/* One line on descriptor 2: what happened, and about what. No secrets. */
void coprocess_log(const char *what, const char *about);

/*
 * For good: no groups, this gid, this uid. False, with nothing done, where one
 * of them is 0. Where the system refuses, the program ends.
 */
bool coprocess_become(uid_t, gid_t);

/*
 * `become UID GID`, and OK: to be said while this process still is root, or is
 * not the user's to look into, for who could write here could say another.
 */
void coprocess_say_become(uid_t, gid_t);

/*
 * The lines before an OK: `become`, and `lock` of a Maildir, which is absolute
 * or in the current folder. One that does not open has no such line: who lists
 * it says what is wrong.
 */
void coprocess_line_become(uid_t, gid_t);
void coprocess_line_lock(const char *folder);

/*
 * The path of a program that stands for itself: with a slash as it is, else in
 * the folder of the backends, else (not found there) as it is, for PATH. Stays
 * until the next call.
 */
const char *coprocess_path(const char *name);

/* Goes on as this program; where that fails, the program ends. */
_Noreturn void coprocess_exec(const char *const argv[]);

/*
 * The same with descriptors 0 to 2 alone: what a checker or a module left open
 * as root is not for the user.
 */
_Noreturn void coprocess_exec_alone(const char *const argv[]);

#endif
