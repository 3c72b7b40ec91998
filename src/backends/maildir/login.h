/* SPDX-License-Identifier: ISC */
/*
 * Logins by the users file, and the Maildir that they lead to.
 */
#ifndef BACKENDS_MAILDIR_LOGIN_H
#define BACKENDS_MAILDIR_LOGIN_H

#include "backends/kit/account.h"
#include "backends/maildir/folder.h"
#include "pure/limit.h"

struct login {
	struct accounts accounts;
	char user[LIMIT_USER + 1]; /* logged in; else empty */
};

/*
 * `login USER PASSWORD`: the part behind the verb, or NULL. After an OK the
 * folder's path is set, and a process that was root is no longer.
 */
void login_answer(struct login *, struct folder *, char *arguments);

/* The `lock` line before a list, where there is a Maildir to be locked. */
void login_lock(const struct folder *);

#endif
