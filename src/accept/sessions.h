/* SPDX-License-Identifier: ISC */
/*
 * The sessions: a process for each, started without a shell, its standard
 * input and output the connection.
 */
#ifndef ACCEPT_SESSIONS_H
#define ACCEPT_SESSIONS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pure/address.h"

enum {
	/* What pop3-skel is asked to exit with where a login failed. */
	SESSIONS_FAILED = 77,
	/*
	 * How long after its greeting a client is heard, at least, in ms: its
	 * answer is on its way for one round trip, and here are four.
	 */
	SESSIONS_HEARD = 300,
	SESSIONS_ROUNDS = 4,
};

struct session_process {
	pid_t pid;
	uint32_t row; /* of its source */
	/*
	 * The connection, kept only to ask the kernel whether its client ever
	 * sent anything; -1 once it has, or where descriptors are short.
	 */
	int connection;
	bool ended; /* it got SIGTERM for its silence */
};

struct sessions {
	struct session_process *list;
	size_t count, room;
	size_t ending; /* how many of them are on their way out */
	struct silent *silent; /* room for a list of as many */
	char **argv;
	/* Ours, less what is for us; room for three before the NULL. */
	char **environment;
	size_t variables;
	char address[64], port[32]; /* NAME=VALUE */
	int kept; /* connections are kept up to this descriptor */
	bool mute; /* our descriptor 2 is not for them */
	sigset_t defaults; /* ignored by who started us */
};

/* How a session's process ended. */
struct session_end {
	pid_t pid;
	uint32_t row;
	int signal; /* that killed it, other than ours for silence, or 0 */
	bool failed; /* it says that a login failed */
};

/*
 * Prepares for at most `room` of them at a time. argv NULL is the pop3-skel
 * beside our own program; a first word without a slash is looked for there,
 * then in PATH. Their descriptor 2 is ours, or closed with `mute`: then
 * pop3-skel logs to syslog. False, with a sentence and its NUL in error, where
 * there is no such program or no memory.
 */
bool sessions_prepare(struct sessions *, char **argv, size_t room, bool mute,
		      char error[256]);
void sessions_free(struct sessions *);

/*
 * Starts one, with REMOTE_ADDR and REMOTE_PORT where the client has them, and
 * POP3_SKEL_PROXY where a PROXY header comes first, and takes the connection
 * over. -errno, the connection still the caller's, where that fails; a program
 * that cannot be executed is an error here.
 */
int sessions_start(struct sessions *, int connection, const union address *,
		   bool proxied, uint32_t row);

/*
 * Sends SIGTERM to sessions whose clients have sent nothing since they came, and
 * had the greeting `patience` ms ago or longer, which those of one source share:
 * who waits for it is not silent, and who is far away, or has not confirmed it,
 * is heard for longer, up to `most` ms. So many that with those on their way out
 * already `wanted` will be free; of the most crowded sources first, and there
 * the oldest. Returns how many.
 */
size_t sessions_end_silent(struct sessions *, int64_t patience, int64_t most,
			   size_t wanted);

/* Reaps one that has ended; false where there is none. */
bool sessions_reap(struct sessions *, struct session_end *);

void sessions_signal(const struct sessions *, int number);

#endif
