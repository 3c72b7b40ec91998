/* SPDX-License-Identifier: ISC */
/*
 * The command line of pop3-skel-accept as one struct.
 */
#ifndef ACCEPT_OPTIONS_H
#define ACCEPT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/options-verdict.h"

enum {
	/* Listening sockets in all, wherever they come from. */
	OPTIONS_LISTENERS = 32,
	/* What --idle-exit is where inetd waits for us. */
	OPTIONS_IDLE_INETD = 60,
};

struct options {
	const char *listen[OPTIONS_LISTENERS]; /* ADDRESS:PORT or a path */
	bool proxied[OPTIONS_LISTENERS]; /* a PROXY header comes first there */
	size_t listen_count;
	uint64_t max_sessions;
	uint64_t max_per_source; /* 0 for no limit */
	uint64_t rate_per_source; /* connections a minute, 0 for no limit */
	uint64_t failures_per_source; /* sessions a minute, 0 for no limit */
	uint64_t stop_timeout; /* s */
	uint64_t idle_exit; /* s; UINT64_MAX: not told */
	bool leave_sessions; /* who stops us means us alone */
	bool check; /* look whether it could serve, and serve nobody */
	char **program; /* argv of the sessions, ends in NULL; NULL: default */
};

/*
 * Takes argv apart; the options keep pointing into it. error holds a
 * sentence, with its NUL, after OPTIONS_WRONG.
 */
enum options_verdict options_parse(struct options *, int argc, char **argv,
				   char error[256]);

#endif
