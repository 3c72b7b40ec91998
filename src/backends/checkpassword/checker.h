/* SPDX-License-Identifier: ISC */
/*
 * The checker's run: its start, its grant or its verdict, and what goes on.
 */
#ifndef BACKENDS_CHECKPASSWORD_CHECKER_H
#define BACKENDS_CHECKPASSWORD_CHECKER_H

#include <stdbool.h>

/* What the default program serves, in the user's home folder. */
#define CHECKER_MAILDIR "Maildir"

enum {
	/* More than pop3-skel passes on. */
	CHECKER_WORDS = 264,
};

struct checker {
	const char *argv[CHECKER_WORDS]; /* with NEXT; NULL at its end */
	bool maildir; /* NEXT is the default program */
};

/*
 * Asks it with the three strings of its interface. Where it is right this does
 * not return, and the rest of the session is NEXT's; else the answer. The
 * secret is overwritten.
 */
const char *checker_ask(const struct checker *, const char *user, char *secret,
			const char *timestamp);

/* `checkpassword --granted NEXT [ARG]...`, run by the checker. */
_Noreturn void checker_granted(const char *const argv[]);

/*
 * For hello with the word check, before any login: NULL, or the answer where it
 * cannot be started, or who is root lacks a right.
 */
const char *checker_check(const struct checker *);

#endif
