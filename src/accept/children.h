/* SPDX-License-Identifier: ISC */
/*
 * The sessions: a process for each, started without a shell, its standard
 * input and output the connection.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"

struct child {
	pid_t pid;
	uint32_t row; /* of its source */
	/*
	 * The connection, kept only to ask the kernel whether its client ever
	 * sent anything; -1 once it has, or where descriptors are short.
	 */
	int connection;
};

struct children {
	struct child *list;
	size_t count, room;
	char **argv;
	/* Ours, less what is for us; room for two before the NULL. */
	char **environment;
	size_t variables;
	char address[64], port[32]; /* NAME=VALUE */
	int kept; /* connections are kept up to this descriptor */
	bool mute; /* our descriptor 2 is not for them */
	sigset_t defaults; /* ignored by who started us */
};

/* How a session's process ended. */
struct child_end {
	pid_t pid;
	uint32_t row;
	int signal; /* that killed it, or 0 */
};

/*
 * Prepares for at most `room` of them at a time. argv NULL is the pop3-skel
 * beside our own program; a first word without a slash is looked for there,
 * then in PATH. Their descriptor 2 is ours, or closed with `mute`: then
 * pop3-skel logs to syslog. False, with a sentence and its NUL in error, where
 * there is no such program or no memory.
 */
bool children_prepare(struct children *, char **argv, size_t room, bool mute,
		      char error[256]);
void children_free(struct children *);

/*
 * Starts one, with REMOTE_ADDR and REMOTE_PORT where the client has them, and
 * takes the connection over. -errno, the connection still the caller's, where
 * that fails; a program that cannot be executed is an error here.
 */
int children_start(struct children *, int connection, const union address *,
		   uint32_t row);

/*
 * Sends SIGTERM to at most `most` sessions whose clients have sent nothing
 * since they came, and were sent something `grace` ms or longer ago: who waits
 * for a greeting is not silent. Returns how many.
 */
size_t children_end_silent(struct children *, int64_t grace, size_t most);

/* Reaps one that has ended; false where there is none. */
bool children_reap(struct children *, struct child_end *);

void children_signal(const struct children *, int number);

#endif
