/* SPDX-License-Identifier: ISC */
/*
 * What the client says, and what it hears: status lines and challenges. The
 * lines of an answer and the dot are serve.c's.
 */
#ifndef SESSION_CLIENT_H
#define SESSION_CLIENT_H

#include "session/session.h"

/* The client's next line: false where there is none, and the session over. */
bool client_line(struct session *, char **text, size_t *len, bool *too_long);

/*
 * --debug: a command of the client's, secrets masked. known: the name is a
 * command's; what is none may be a password on the wrong line.
 */
void client_trace(const struct session *, const char *name, bool known,
		  const struct claim *, const char *text, size_t len);

/* Writes the reply as a status line: nobody else does. */
void client_reply(struct session *);

/* Writes a challenge: "+ " and base64 (RFC 5034 section 4). */
void client_challenge(struct session *, const char *base64, size_t len);

/* Writes the positive status line before the body's end is known. */
void client_begin(struct session *);

#endif
