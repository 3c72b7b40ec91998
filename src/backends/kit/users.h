/* SPDX-License-Identifier: ISC */
/*
 * The users file, in the format of Dovecot's passwd-file:
 *
 *	user:password:uid:gid:gecos:home:shell:extra fields
 *
 * Fields may be missing at the end; empty lines and those that begin with `#`
 * or `:` are skipped. It is read from the start at each look-up, in constant
 * memory, and the first line of a name counts.
 */
#ifndef BACKENDS_KIT_USERS_H
#define BACKENDS_KIT_USERS_H

#include <stdbool.h>
#include <stddef.h>

/* A line of the file, its LF included. */
#define USERS_LINE 8192

/* A line of the file, taken apart. Holds a secret: users_forget it. */
struct user {
	unsigned long number; /* of the line, from 1; 0: none */
	const char *password; /* these point into text */
	const char *uid;
	const char *gid;
	const char *home;
	const char *mail; /* a template of the line's own, or NULL */
	char *extra; /* taken apart where the line is one's own */
	size_t len;
	char text[USERS_LINE];
};

enum users_verdict {
	USERS_FOUND,
	USERS_UNKNOWN,
	USERS_TROUBLE, /* logged */
};

/* Whose line is looked for, and what else. */
struct users_search {
	const char *path;
	const char *name; /* NULL is nobody's */
	size_t len;
	/* Whether a line of this password field can stand in for another. */
	bool (*stands_in)(const char *field);
	bool whole; /* `first` is wanted in any case: to the end of the file */
	const char *client; /* from which address; "" where it is not known */
};

/*
 * Looks for a name, and where no line has that, for it in lower case; then the
 * file's spelling, at the start of found->text, is the account.
 * Fills `found` with its line, or `first` with the first line that can stand in
 * for it (its number stays 0 where there is none), for an unknown user is to
 * cost what a known one does.
 *
 * A line whose name cannot be told is logged. It locks nobody out whose own
 * line stands before or after it, but where the name is not found it may have
 * been that one: trouble, for "unknown user" would not be known to be true.
 * So is a bad line of the user's own, and a file that cannot be read. A line
 * whose extra fields let nobody in, or not from there, is as good as none.
 */
enum users_verdict users_find(const struct users_search *, struct user *found,
			      struct user *first);

/* Overwrites what was read. */
void users_forget(struct user *);

/*
 * Whether a user's name may become part of a path: as wire_user_valid, and
 * where it has an `@`, so are the parts before and after the first one.
 */
bool users_name(const char *name, size_t len);

/* A uid or gid, as digits alone and neither 0 nor all ones. False if not. */
bool users_id(const char *text, unsigned int *id);

#endif
