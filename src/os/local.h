/* SPDX-License-Identifier: ISC */
/*
 * Unix sockets of this machine, and who is at their other end.
 */
#ifndef OS_LOCAL_H
#define OS_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Connects, without waiting, to the stream socket at an absolute path.
 * Returns a descriptor, close-on-exec and non-blocking, or
 *
 *	-ENOENT, -ECONNREFUSED	nobody is there, maybe not yet
 *	-EAGAIN			its queue is full
 *	-EPERM			others than root or we could have put it there,
 *				or serve there
 *
 * or another -errno. What comes from it tells who sent it: see local_read.
 */
int local_connect(const char *path);

/*
 * Reads what is there: octets, 0 at its end, -EAGAIN. *root becomes false
 * where their sender was not root.
 */
ssize_t local_read(int fd, char *to, size_t room, bool *root);

#endif
