/* SPDX-License-Identifier: ISC */
/*
 * The command line, and files of options, as one constant struct.
 */
#ifndef SESSION_OPTIONS_H
#define SESSION_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/log.h"
#include "pure/limit.h"

enum cleartext { CLEARTEXT_ALWAYS, CLEARTEXT_LOCAL, CLEARTEXT_NEVER };
enum mode { MODE_NORMAL, MODE_READ_ONLY, MODE_KEEP, MODE_FETCH_ONCE };

struct options {
	const char *greeting, *goodbye;
	uint64_t timeout, login_timeout, backend_timeout; /* s; 0 = never */
	uint64_t auth_delay, lock_wait; /* s */
	uint64_t max_logins, max_errors;
	uint64_t spool_max; /* octets */
	uint64_t become_uid, become_gid; /* none lower may be become */
	const char *login_delay, *expire; /* announced; NULL for not */
	bool debug, reveal_errors, keep_going, allow_root, proxy;
	unsigned cleartext, mode, log;
	const char *preauth; /* a user, NULL for a login */
	/* Repeatable ones, in their order. */
	const char *commands[LIMIT_CLAIMS]; /* NAME:STATES */
	unsigned command_count;
	const char *proxy_from[LIMIT_CLAIMS]; /* CIDR */
	unsigned proxy_from_count;
	const char *const *backend; /* argv of the backend, ends in NULL */
	/* What files of options hold: others above point into it. */
	size_t text_len;
	char text[LIMIT_OPTIONS_TEXT];
};

enum options_verdict {
	OPTIONS_SERVE,
	OPTIONS_DONE, /* --help or --version: printed */
	OPTIONS_WRONG, /* one sentence is in error */
};

/*
 * Takes argv apart. The options point into argv and into themselves: they are
 * not to be copied. error holds a sentence, with its NUL, after
 * OPTIONS_WRONG.
 */
enum options_verdict options_parse(struct options *, int argc, char **argv,
				   char error[256]);

#endif
