/* SPDX-License-Identifier: ISC */
/*
 * A pair of sockets between checkpassword and what the checker runs: a grant
 * one way, whose sender the kernel tells, and pop3-skel's pipes the other way.
 */
#ifndef BACKENDS_CHECKPASSWORD_GRANT_H
#define BACKENDS_CHECKPASSWORD_GRANT_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "pure/limit.h"

/* The end of what the checker runs. */
enum { GRANT_FD = 4 };

struct grant {
	struct ucred who; /* by the kernel's word */
	char path[LIMIT_PATH]; /* by his: of a Maildir, or empty */
};

/* ends[0] is ours. False, with errno, where there is none. */
bool grant_open(int ends[2]);

/*
 * Waits until there is a grant, or the process is over: what that has left
 * running may hold its end open for long. False where none came. It is a grant
 * only from this very process, and while that is the program that we are: the
 * user could pass the descriptor on to a process of another's, or stop this one
 * and have it become such. False, with EPERM, where it came from there.
 */
bool grant_await(int fd, pid_t, struct grant *);

/* Passes descriptors 0 and 1 on. False where nobody is there any more. */
bool grant_pipes(int fd);

/* The other end: grants; false, with errno, where the checker closed it. */
bool grant_send(const char path[LIMIT_PATH]);

/* ... and waits for the pipes, as 0 and 1; false where none come. */
bool grant_take_pipes(void);

#endif
