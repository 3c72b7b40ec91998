/* SPDX-License-Identifier: ISC */
/*
 * The answers to pop3-skel's requests, pop3-skel-backend(7).
 */
#ifndef BACKENDS_MAILDIR_ANSWERS_H
#define BACKENDS_MAILDIR_ANSWERS_H

#include "backends/maildir/folder.h"
#include "backends/maildir/login.h"
#include "backends/maildir/quota.h"
#include "backends/maildir/sizes.h"

struct maildir {
	const char *serve; /* the Maildir of --serve, else NULL */
	struct login login;
	struct folder folder;
	struct sizes sizes;
	struct quota quota;
};

/* After the last request. */
void answers_end(struct maildir *);

/* Answers one request, which may be changed. */
void answers_give(struct maildir *, char *request);

#endif
