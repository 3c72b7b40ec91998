/* SPDX-License-Identifier: ISC */
/*
 * The backend as somebody who talks, a process of ours or a resident one: its
 * start, what it was caught at, its end.
 */
#ifndef PROTOCOL_CHANNEL_H
#define PROTOCOL_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "os/local.h"
#include "os/process.h"
#include "os/wait.h"
#include "protocol/stderr.h"
#include "pure/limit.h"
#include "pure/wire.h"

/* What went wrong, for the log. */
struct fault {
	const char *what; /* a few words; NULL where there is no fault */
	char request[LIMIT_COMMAND_NAME + 32]; /* "retr 3" */
	char seen[LIMIT_QUOTE];
	size_t seen_len; /* 0 where nothing can be shown */
	const char *error; /* the system's, behind it, or NULL */
	/* What did come since the request, and was right. */
	uint64_t lines;
	char last[LIMIT_QUOTE];
	size_t last_len;
	uint64_t seconds; /* since the request */
};

struct channel {
	struct stderr_log log; /* its stderr */
	_Alignas(LIMIT_PAGE) struct io *io;
	struct process child; /* none where it is resident */
	bool resident; /* .io->request and .reply are one socket */
	struct local_sender from; /* who sent the answer so far, resident */
	int64_t timeout_ms;
	bool up; /* running, and no fault yet */
	bool asked; /* an answer is outstanding */
	bool late; /* it had to be stopped with a signal */
	bool greeted; /* hello was answered */
	bool secret; /* the last request held one */
	bool trace; /* what is said is logged, the client's part too */
	unsigned defaulted; /* bits of enum wire_verb: asked no more */
	struct fault fault;
	unsigned logged; /* its lines there, before the last request */
	int64_t started_at; /* of the outstanding answer */
	int64_t waited_ms; /* ... so far, for the backend alone */
	size_t start, scan, end; /* of what is held in data */
	/* The request, which ends before its answer begins; then that. */
	_Alignas(sizeof(void *)) char data[LIMIT_REPLY_INPUT];
};

/*
 * Starts it; -errno where it cannot be. The environment is the backend's
 * whole. The strings of both arrays must live until it returns.
 */
int channel_start(struct channel *, struct io *, char *const argv[],
		  char *const envp[], int64_t timeout_ms);

/*
 * Connects to a resident one, whose socket is at an absolute path. Where nobody
 * is there it is tried again, for LIMIT_ABSENT_MS; where its queue is full, for
 * timeout_ms. -ECANCELED where the session is over before, another -errno as
 * local_connect has it.
 */
int channel_connect(struct channel *, struct io *, const char *path,
		    int64_t timeout_ms, struct local_doubt *);

/* "retr 3", "login", "XFOO": which request it is, in the log; no client text. */
void channel_name(struct channel *, enum wire_verb, const char *name,
		  const struct wire_field *fields);

/*
 * Keeps for the log what was seen that is wrong; or one more line that is not.
 * Where a secret may be in it, its keyword alone.
 */
void channel_see(struct channel *, const char *data, size_t len);
void channel_count(struct channel *, const char *line, size_t len);

/* Makes a fault: it is stopped with SIGTERM and never asked again. */
void channel_fail(struct channel *, const char *what);

/*
 * The fault of one that closed a pipe, or is over: which of them, and how it
 * ended, is known a moment later. `closed` is what to say of the former.
 */
void channel_fail_at_end(struct channel *, const char *closed);

/*
 * Looks, at no cost but a read, whether it is still there and silent, as it
 * must be while nothing is asked: NULL, or what the fault is (also in .fault).
 */
const char *channel_look(struct channel *);

/* After a fault: its stderr is relayed to its end, for 100 ms at most. */
void channel_hear(struct channel *);

/*
 * Waits for it, as io_wait does. What the client takes, or a lock, is not its
 * time: so only this is counted, in .waited_ms.
 */
unsigned channel_wait(struct channel *, unsigned want);

/* Logs that the request took it long, where it did. */
void channel_slow(const struct channel *);

/*
 * Logs that the request was answered TEMP, with this text, where the backend had
 * nothing for the log itself.
 */
void channel_temp(const struct channel *, const char *text, size_t len);

/* Closes its input: the last thing that it hears. */
void channel_hang_up(struct channel *);

/*
 * Ends it: closes its input, waits LIMIT_STOP_MS for its exit, SIGTERM to its
 * group, waits as long for what is left of it, SIGKILL; reaps it. Its stderr
 * is relayed meanwhile, to the last word. A resident one has LIMIT_STOP_MS to
 * close. Returns NULL, or what the fault is
 * (also in .fault): output where none was asked for.
 */
const char *channel_stop(struct channel *);

/* Reads what the backend says, without waiting: octets, 0 at its end, -EAGAIN. */
ssize_t channel_read(struct channel *, char *to, size_t room);

/*
 * Writes to the backend what it takes without waiting: octets, -EAGAIN, or
 * -EPIPE.
 */
ssize_t channel_write(struct channel *, const char *data, size_t n);

#endif
