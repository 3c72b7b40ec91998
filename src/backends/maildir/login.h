/* SPDX-License-Identifier: ISC */
/*
 * Logins by the users file: whose password is right, whose Maildir that is, and
 * the end of being root.
 */
#ifndef BACKENDS_MAILDIR_LOGIN_H
#define BACKENDS_MAILDIR_LOGIN_H

#include <stdbool.h>

#include "backends/maildir/folder.h"
#include "backends/maildir/name.h"

struct login {
	const char *users; /* a path, or NULL: where they usually are */
	const char *template; /* where a user's Maildir is */
	bool dropped; /* was root and is the user's own now */
	char user[NAME_LENGTH + 1]; /* logged in; else empty */
};

/*
 * `login USER PASSWORD`: the part behind the verb, or NULL. After an OK the
 * folder's path is set, and a process that was root is no longer.
 */
void login_answer(struct login *, struct folder *, char *arguments);

/* The `lock` line before a list, where there is a Maildir to be locked. */
void login_lock(const struct folder *);

#endif
