/* SPDX-License-Identifier: ISC */
/*
 * What others say, in our log: the backend's stderr, and, with --debug, both
 * conversations.
 */
#ifndef PROTOCOL_STDERR_H
#define PROTOCOL_STDERR_H

#include "session/session.h"

/*
 * Takes what the backend wrote to its stderr; arg is the session. A line may
 * begin with <N>, its priority. At most LIMIT_LOG_BACKEND lines a session.
 */
void relay_take(void *arg, const char *data, size_t n);

/* One line of a conversation; dir is '>' where we sent it. */
void trace_line(struct session *, const char *with, char dir, const char *text,
		size_t len);

/*
 * A command of the client's, secrets masked. known: the name is a command's;
 * what is none may be a password on the wrong line.
 */
void trace_command(struct session *, const char *name, bool known,
		   const struct claim *, const char *text, size_t len);

/* As struct coprocess's .trace; arg is the session. */
void trace_backend(void *arg, char dir, const char *text, size_t len);

#endif
