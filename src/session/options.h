/* SPDX-License-Identifier: ISC */
/*
 * What the session is told to do: one constant struct, THE table of what may
 * be told, and how a value becomes a member.
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
	/* What files of options hold: others below point into it. */
	char text[LIMIT_OPTIONS_TEXT];
	const char *greeting, *goodbye;
	uint64_t timeout, login_timeout, backend_timeout; /* s; 0 = never */
	uint64_t auth_delay, lock_wait; /* s */
	uint64_t max_logins, max_errors;
	uint64_t spool_max; /* octets */
	uint64_t become_uid, become_gid; /* none lower may be become */
	const char *login_delay, *expire; /* announced; NULL for not */
	bool debug, reveal_errors, keep_going, allow_root, proxy;
	bool tls_in_front;
	bool check; /* look whether it can be served, and serve nobody */
	bool unread; /* a file of options cannot be read just now */
	unsigned cleartext, mode, log;
	const char *stls; /* path of pop3-skel-tls's socket; NULL: no STLS */
	const char *preauth; /* a user, NULL for a login */
	const char *debug_user; /* who alone is traced; NULL for nobody */
	const char *record; /* the folder of records; NULL: there are none */
	/* Repeatable ones, in their order. */
	const char *commands[LIMIT_CLAIMS]; /* NAME:STATES */
	unsigned command_count;
	const char *proxy_from[LIMIT_CLAIMS]; /* CIDR */
	unsigned proxy_from_count;
	const char *next[LIMIT_CLAIMS]; /* names of installed backends */
	unsigned next_count;
	const char *const *backend; /* argv of the backend, ends in NULL */
	const char *resident; /* the PATH of unix:PATH, NULL for a program */
	size_t text_len;
};

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_IDS,
	OPTION_CHOICE,
	OPTION_LIST,
	/* Those that set nothing, and may stand on the command line alone. */
	OPTION_FROM_FILE,
	OPTION_HELP,
	OPTION_VERSION,
};

struct option_row {
	const char *name;
	char letter; /* 0 for none */
	unsigned char kind; /* of enum option_kind: the rows fill a page */
	unsigned short at; /* in struct options */
	uint64_t least, most; /* OPTION_NUMBER */
	const char *const *words; /* OPTION_CHOICE; ends in NULL */
	const char *value, *help; /* value: what it is called; NULL for none */
};

/* Every option, in the order of --help. */
enum { OPTION_ROWS = 33 };
extern const struct option_row option_rows[OPTION_ROWS];

/*
 * Sets what the option of a row sets; the value is kept, not copied. False with
 * a sentence and its NUL in error.
 */
bool option_set(struct options *, const struct option_row *, const char *value,
		char error[256]);

#endif
