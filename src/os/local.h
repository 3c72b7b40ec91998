/* SPDX-License-Identifier: ISC */
/*
 * Unix sockets of this machine, and who is at their other end.
 */
#ifndef OS_LOCAL_H
#define OS_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pure/limit.h"

/* Why a socket is not trusted, in a few words, and what it is about. */
struct local_doubt {
	const char *why;
	char path[LIMIT_PATH];
};

/*
 * Connects, without waiting, to the stream socket at an absolute path.
 * Returns a descriptor, close-on-exec and non-blocking, or
 *
 *	-ENOENT, -ECONNREFUSED	nobody is there, maybe not yet
 *	-EAGAIN			its queue is full
 *	-EPERM			others than root or we could have put it there,
 *				or serve there: see the doubt, if there is one
 *
 * or another -errno. What comes from it tells who sent it: see local_read.
 */
int local_connect(const char *path, struct local_doubt *);

/* Hands a descriptor over, with one octet; false where that is not taken. */
bool local_hand(int to, int fd);

/* Who sent what was read so far: become false where it was somebody else. */
struct local_sender {
	bool root;
	bool ours; /* root, or we */
};

/* Reads what is there: octets, 0 at its end, -EAGAIN. */
ssize_t local_read(int fd, char *to, size_t room, struct local_sender *);

#endif
