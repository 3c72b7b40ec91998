/* SPDX-License-Identifier: ISC */
/*
 * What the client says.
 */
#ifndef SESSION_CLIENT_H
#define SESSION_CLIENT_H

#include "session/session.h"

/*
 * Waits, before the reply to a failed login; ends when the client is gone, but
 * not when it only sends no more. What is left of the wait is owed then.
 */
void listen_delay(struct session *);

/*
 * Waits for what is owed, when all else has ended: a client that hangs up would
 * guess faster, had its process not its place among those of its address.
 * SIGTERM ends it.
 */
void listen_owed(struct session *);

/*
 * --debug: a command of the client's, secrets masked. known: the name is a
 * command's; what is none may be a password on the wrong line.
 */
void listen_trace(const struct session *, const char *name, bool known,
		  const struct claim *, const char *text, size_t len);

/* The client's next line: false where there is none, and the session over. */
bool listen_line(struct session *, char **text, size_t *len, bool *too_long);

#endif
