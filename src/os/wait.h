/* SPDX-License-Identifier: ISC */
/*
 * The only file that waits, for the client and the backend, and the only one
 * that touches SIGALRM and the other signals.
 *
 * Everything waits in io_wait, in one ppoll(2). SIGALRM, SIGTERM, SIGHUP,
 * SIGINT and SIGCHLD are blocked outside it, so none can be lost between a
 * check and a wait. The idle timeout is alarm(2), set again only when it has
 * come, or is to come earlier: a busy session makes no system call for it. The
 * other deadlines are how long the wait lasts at most.
 *
 * Functions return 0 (or a count) or -errno and do not log.
 */
#ifndef OS_WAIT_H
#define OS_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/process.h"
#include "pure/dot.h"
#include "pure/limit.h"

enum io_event {
	/* What may be wanted. */
	IO_INPUT = 1 << 0, /* the client sent something, or ended */
	IO_OUTPUT = 1 << 1, /* the client takes something, or is gone */
	IO_REPLY = 1 << 2, /* the backend wrote, or closed its output */
	IO_REQUEST = 1 << 3, /* the backend's input takes something */
	/*
	 * The client neither sends nor takes any more. Unasked, too, while it
	 * is waited for over TCP and acknowledges nothing for LIMIT_SILENCE.
	 */
	IO_GONE = 1 << 4,
	IO_ERRORS = 1 << 5, /* the backend's stderr ended */
	/* Without IO_REPLY, which it comes as: the backend left, read or not. */
	IO_LEFT = 1 << 12,
	/* With IO_REPLY: what comes is the end of a pipe, and nothing else. */
	IO_ENDED = 1 << 13,
	/* What comes unasked. */
	IO_CHILD = 1 << 6, /* SIGCHLD */
	IO_TERM = 1 << 7, /* SIGTERM, SIGHUP or SIGINT, unless .critical */
	IO_IDLE = 1 << 8, /* .idle_at passed, waiting for the client */
	IO_LOGIN = 1 << 9, /* .login_at passed */
	IO_BACKEND = 1 << 10, /* .backend_at passed */
	IO_PAUSE = 1 << 11, /* .pause_at passed */
};

struct io {
	int in, out; /* the client's */
	int request, reply, errors; /* the backend's; -1 when closed */
	bool socket; /* out is one, and in */
	bool tcp; /* ... of TCP */
	bool in_socket; /* in is one */
	bool silent; /* when last looked at, TCP had heard nothing for long */
	bool file; /* out is a regular file: never waits */
	size_t promised; /* what out takes after POLLOUT, where it may wait */
	bool critical; /* UPDATE: SIGTERM is noted and changes nothing */
	bool gone; /* the client takes nothing more: output is dropped */
	unsigned gone_by; /* ... by IO_IDLE, IO_LOGIN or IO_TERM; 0: itself */
	/* Deadlines in ms of CLOCK_MONOTONIC; 0 is never. */
	int64_t idle_at, login_at, backend_at, pause_at;
	int64_t idle_ms; /* what io_active adds; 0 is never */
	int64_t armed_at; /* when the alarm of the idle timeout comes; 0 for none */
	unsigned waits; /* how many there were */
	unsigned failed; /* ... of the last ones, in a row */
	uint64_t octets_in, octets_out;
	/* Takes what the backend writes to its stderr, n = 0 at its end. */
	void (*relay)(void *arg, const char *data, size_t n);
	void *relay_arg;
	struct record *record; /* NULL for none */
	bool recorded; /* what is gathered goes to the record, too */
	size_t len; /* octets gathered in data */
	char data[2 * DOT_ROOM(LIMIT_FILE_READ)];
};

/* ms of CLOCK_MONOTONIC. */
int64_t io_now(void);

/*
 * Prepares signals (see above; SIGPIPE and SIGXFSZ are blocked for good) and takes
 * descriptors 0 and 1 as the client's. Sets TCP_NODELAY and keepalive where 1 is
 * TCP. Never O_NONBLOCK: the descriptors are shared.
 */
void io_start(struct io *, int64_t idle_ms);

/* Whether the client neither sends nor takes any more by now. */
bool io_gone(const struct io *);

/* The client did something: the idle timer starts anew. */
void io_active(struct io *);

/*
 * Waits until one of the wanted, or something unasked, and returns all that
 * is so, as bits of enum io_event. Relays the backend's stderr meanwhile.
 */
unsigned io_wait(struct io *, unsigned want);

/*
 * What has come unasked by now, without a wait: signals, and the timers that
 * run while nobody waits for the client; and IO_GONE. For work that takes long:
 * one call in 16 asks the system.
 */
unsigned io_look(struct io *);

/*
 * What is to be done after any wait, or look: sees whether a process is over,
 * and keeps that the client is gone. Returns whether that ends the session:
 * SIGTERM, the login time, or no client.
 */
bool io_waited(struct io *, struct process *, unsigned events);

/*
 * IO_CHILD is to come once more: it was seen by a wait that was for something
 * else.
 */
void io_child_again(void);

#endif
