/* SPDX-License-Identifier: ISC */
/*
 * The command line of pop3-skel-accept as one struct.
 */
#ifndef ACCEPT_OPTIONS_H
#define ACCEPT_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum {
	/* Listening sockets in all, wherever they come from. */
	ARGUMENTS_LISTENERS = 32,
	/* What --idle-exit is where inetd waits for us. */
	ARGUMENTS_IDLE_INETD = 60,
};

struct arguments {
	const char *listen[ARGUMENTS_LISTENERS]; /* ADDRESS:PORT or a path */
	size_t listen_count;
	uint64_t max_sessions;
	uint64_t max_per_source; /* 0 for no limit */
	uint64_t rate_per_source; /* connections a minute, 0 for no limit */
	uint64_t failures_per_source; /* sessions a minute, 0 for no limit */
	uint64_t stop_timeout; /* s */
	uint64_t idle_exit; /* s; UINT64_MAX: not told */
	char **program; /* argv of the sessions, ends in NULL; NULL: default */
};

enum arguments_verdict {
	ARGUMENTS_SERVE,
	ARGUMENTS_DONE, /* --help or --version: printed */
	ARGUMENTS_WRONG, /* one sentence is in error */
};

/*
 * Takes argv apart; the arguments keep pointing into it. error holds a
 * sentence, with its NUL, after ARGUMENTS_WRONG.
 */
enum arguments_verdict arguments_parse(struct arguments *, int argc,
				       char **argv, char error[256]);

#endif
