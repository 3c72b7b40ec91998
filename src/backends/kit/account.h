/* SPDX-License-Identifier: ISC */
/*
 * A login by the users file: whose it is, whether the password is right, where
 * that user's Maildir is, and the end of being root.
 */
#ifndef BACKENDS_KIT_ACCOUNT_H
#define BACKENDS_KIT_ACCOUNT_H

#include "backends/kit/password.h"
#include "backends/kit/users.h"
#include "pure/address.h"
#include "pure/text.h"

/* Where all of them are. */
struct accounts {
	const char *users; /* a path, or NULL: where they usually are */
	const char *template; /* where a user's Maildir is */
	bool dropped; /* was root and is the user's own now */
	char client[ADDRESS_ROOM]; /* from where, or "" */
};

/* One of them, at a login. Holds a secret: account_forget it. */
struct account {
	const char *name; /* as the client has it */
	size_t len; /* ... and as the file has it, at the start of found.text */
	const char *file;
	struct user found;
	struct user first; /* stands in for an unknown user's line */
};

/* Who the client is, by the words of hello. */
void account_client(struct accounts *, const char *words);

/*
 * As users_find, of the whole file; a name that may be no part of a path is
 * nobody's.
 */
enum users_verdict account_find(struct account *, const struct accounts *,
				const char *name, size_t len,
				bool (*stands_in)(const char *field));

/*
 * For hello with the word check, before any login: NULL, or the answer where
 * the file cannot be used, for what is logged, or where who is root may become
 * nobody.
 */
const char *account_check(const struct accounts *);

/* NULL where it is found and the password is right; else the answer. */
const char *account_login(struct account *, const struct accounts *,
			  const char *name, size_t len, const char *password);

/* Adds the path of the Maildir. Returns NULL, or what is wrong with the line. */
const char *account_path(const struct account *, const struct accounts *,
			 struct text *path);

/*
 * Who is root becomes the user, for good, and says so. Returns NULL, or what is
 * wrong with the line.
 */
const char *account_become(const struct account *, struct accounts *);

/* Logs what is wrong with the line: returns the answer. */
const char *account_refuse(const struct account *, const char *why);

/* The `user` line: the account as the file spells it. */
void account_user(const struct account *);

/* Overwrites what was read. */
void account_forget(struct account *);

#endif
