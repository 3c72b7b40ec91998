/* SPDX-License-Identifier: ISC */
/*
 * A program becomes the session's backend, and nothing is offered yet but what
 * the command line claims for it.
 */
#ifndef SESSION_START_H
#define SESSION_START_H

#include "session/session.h"

/* All that was offered is forgotten, and the terms are those of the options. */
void start_offers(struct session *);

/*
 * The backend of the options is started, or connected to. False where it cannot
 * be: what start_failed does is done.
 */
bool start_backend(struct session *);

/* Starts a program, whose argv this is: 0 or -errno. path is room for it. */
int start_program(struct session *, const char *const argv[],
		  char path[LIMIT_PATH]);

/*
 * What becomes of a session whose backend cannot be started, or reached: a line
 * of the log, with the path where it is, and with where it was searched, unless
 * that is NULL, a fault's reply, its end.
 */
void start_failed(struct session *, const char *what, const char *backend,
		  const char *error, const char *path, const char *searched);

#endif
