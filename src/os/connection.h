/* SPDX-License-Identifier: ISC */
/*
 * The client's octets: what it sends is read, what it is sent is gathered. The
 * only file that reads from the client and writes to it.
 *
 * Functions return 0 (or a count) or -errno and do not log.
 */
#ifndef OS_CONNECTION_H
#define OS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "os/wait.h"

/*
 * Reads what the client sent, at most `room`. Returns octets, 0 at its end,
 * -EAGAIN, or what broke the connection.
 */
ssize_t io_read(struct io *, char *to, size_t room);

/* Whether the client has sent what was not read yet. */
bool io_waiting(const struct io *);

/*
 * The session goes on upon another socket, a unix one, which becomes the
 * descriptors 0 and 1; what they were is somebody else's now.
 */
void io_switch(struct io *, int fd);

/*
 * Gathers output. io_space returns where at least `need` octets fit (at most
 * half of .data), flushing first where they do not; io_added says how many
 * were put there. Where the client is gone, output goes nowhere.
 */
char *io_space(struct io *, size_t need);
void io_added(struct io *, size_t n);
void io_put(struct io *, const char *data, size_t n);

/*
 * Sends what is gathered. The idle timer starts anew, and for each LIMIT_DRIP
 * octets that the client takes; the backend's deadline stands still. Returns
 * 0, or -EPIPE where the client is gone (now, or before), its output dropped.
 * SIGTERM, where it takes nothing just then, counts as its end.
 */
int io_flush(struct io *);

/*
 * Ends the client's side: shuts our sending side down, reads and discards what
 * still comes (LIMIT_LINGER octets, LIMIT_LINGER_MS) so that the last answer is
 * not lost to a reset (RFC 1122 section 4.2.2.13), and closes. With `hurry`
 * nothing is waited for.
 */
void io_end(struct io *, bool hurry);

#endif
