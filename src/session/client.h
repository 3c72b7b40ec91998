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
 * For --debug and --record: of a line of the client's what is known to be no
 * secret, all of it or a name and the blank behind it; *** for the others.
 */
void client_said(const struct session *, const char *text, size_t shown,
		 size_t len);

/* Writes the reply as a status line: nobody else does. */
void client_reply(struct session *);

/* Writes a challenge: "+ " and base64 (RFC 5034 section 4). */
void client_challenge(struct session *, const char *base64, size_t len);

/* Writes the positive status line before the body's end is known. */
void client_begin(struct session *);

#endif
