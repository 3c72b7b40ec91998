/* SPDX-License-Identifier: ISC */
/*
 * What the client says.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include "session.h"

/*
 * Waits, before the reply to a failed login; ends when the client is gone, but
 * not when it only sends no more: that would be a way around the wait.
 */
void listen_delay(struct session *);

/* The client's next line: false where there is none, and the session over. */
bool listen_line(struct session *, char **text, size_t *len, bool *too_long);

#endif
