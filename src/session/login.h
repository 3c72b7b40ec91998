/* SPDX-License-Identifier: ISC */
/*
 * What any login leads to, whichever command it came with, and the policies
 * around it: secrets in clear, the delay after a failed one, root.
 */
#ifndef SESSION_LOGIN_H
#define SESSION_LOGIN_H

#include "session/session.h"

/*
 * Who is logged in, or tries to, for the log too; a length of 0: nobody. The
 * name may be .user itself.
 */
void login_user(struct session *, const char *name, size_t len);

/* Whether a secret may cross this connection as it is: under TLS it may. */
bool login_clear(const struct session *);

/* Refuses what login_clear forbids: the reply, and a log line. */
void login_refuse_clear(struct session *);

/* How the client logs in, for the log: a mechanism's name, or a command's. */
void login_by(struct session *, const char *mechanism);

/* Nobody is logged in, or about to be. */
void login_forget(struct session *);

/*
 * Sends a login request whose last field is a secret; from there on the log is
 * about whom it names. True where .answer is one: then login_judge says what
 * came of it.
 */
bool login_ask(struct session *, enum wire_verb,
	       const struct wire_field *fields, size_t count);

/*
 * Turns the answer to a login into the reply and the new state: OK leads to
 * `list` and TRANSACTION, ERR costs the delay. `name` is the user's unless the
 * backend said `user`; it may be NULL.
 */
void login_judge(struct session *, const char *name, size_t len);

/* A failed login: the log line, the delay, the limit. The reply is set. */
void login_failed(struct session *, const char *name, size_t len);

/*
 * What follows any successful login of .user: `list`, and TRANSACTION. Sets
 * the reply; .answer's text is used where the list brings none.
 */
void login_enter(struct session *);

/* Whether we may not go on, being root without --allow-root: then it is over. */
bool login_refuse_root(struct session *);

/*
 * Waits for what is owed, when all else has ended: a client that hangs up would
 * guess faster, had its process not its place among those of its address.
 * SIGTERM ends it.
 */
void login_owed(struct session *);

#endif
