/* SPDX-License-Identifier: ISC */
/*
 * RFC 1939 sections 4 and 7: the AUTHORIZATION state, the login itself, and
 * the policies around it.
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

/* Whether a secret may cross this connection as it is. */
bool authorization_clear(const struct session *);

/* Refuses what authorization_clear forbids: the reply, and a log line. */
void authorization_refuse_clear(struct session *);

/*
 * Sends a login request whose last field is a secret. True where .answer is
 * one: then authorization_judge says what came of it.
 */
bool authorization_ask(struct session *, enum wire_verb,
		       const struct wire_field *fields, size_t count);

/*
 * Turns the answer to a login into the reply and the new state: OK leads to
 * `list` and TRANSACTION, ERR costs the delay. `name` is the user's unless the
 * backend said `user`; it may be NULL.
 */
void authorization_judge(struct session *, const char *name, size_t len);

/* A failed login: the log line, the delay, the limit. The reply is set. */
void authorization_failed(struct session *, const char *name, size_t len);

/*
 * What follows any successful login of .user: `list`, and TRANSACTION. Sets
 * the reply; .answer's text is used where the list brings none.
 */
void authorization_enter(struct session *);

#endif
