/* SPDX-License-Identifier: ISC */
/*
 * The answers to pop3-skel's requests, pop3-skel-backend(7).
 */
#ifndef BACKENDS_MAILDIR_ANSWERS_H
#define BACKENDS_MAILDIR_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/maildir/folder.h"
#include "backends/maildir/name.h"

/* A request, its LF and the blank before an argument included. */
#define BACKEND_REQUEST 8192

struct backend {
	const char *users; /* a path, or NULL: where they usually are */
	const char *template; /* where a user's Maildir is */
	const char *serve; /* the Maildir of --serve, else NULL */
	bool dropped; /* was root and is the user's own now */
	char user[NAME_LENGTH + 1]; /* logged in; else empty */
	struct folder folder;
};

/*
 * Answers one request, given without its LF and ended by a NUL instead, into
 * the output. The request may be changed.
 */
void backend_answer(struct backend *, char *request, size_t len);

/*
 * `login USER PASSWORD`: the part behind the verb, or NULL. After an OK the
 * folder's path is set, and a process that was root is no longer.
 */
void login_answer(struct backend *, char *arguments);

/*
 * The `lock` line of a Maildir. Before the list it is only said of one that
 * opens: what is wrong with another, the list tells.
 */
void login_lock(const struct folder *);

#endif
