/* SPDX-License-Identifier: ISC */
/*
 * RFC 1939 sections 4 and 7: the AUTHORIZATION state: the greeting, and
 * the commands of its own.
 */
#ifndef SESSION_AUTHORIZATION_H
#define SESSION_AUTHORIZATION_H

#include "pure/command.h"
#include "session/session.h"

/* The commands: each fills .reply. */
void do_apop(struct session *, const struct arguments *);
void do_pass(struct session *, const struct arguments *);
void do_user(struct session *, const struct arguments *);

/* `hello`, and the greeting into the reply. False: the session is over. */
bool authorization_greet(struct session *);

/* Whether USER and PASS may be used here: announced, and taken. */
bool authorization_user(const struct session *);

#endif
