/* SPDX-License-Identifier: ISC */
/*
 * --check: what the first session would find missing, before there is one.
 */
#ifndef SESSION_CHECK_H
#define SESSION_CHECK_H

#include "session/session.h"

/*
 * Starts the backend and asks its `hello`, looks for what else the options
 * name, and tells what it finds. Returns the exit status. Descriptors 0 and 1
 * are nobody's by now.
 */
int check_run(struct session *, const struct options *, struct peer *,
	      const char *id);

/* The options themselves make no sense, or cannot be read. */
int check_refused(const char *why, int status);

#endif
