/* SPDX-License-Identifier: ISC */
/*
 * The table of POP3 commands, and one command line through it: which command,
 * whether it may be here, its arguments.
 */
#ifndef SESSION_COMMANDS_H
#define SESSION_COMMANDS_H

#include "session/session.h"

/*
 * One command line of the client's, without its line end: fills the reply,
 * and .lines where lines follow.
 */
void commands_line(struct session *, const char *text, size_t len);

/* The reply to a line that is too long for any command: it is an error. */
void commands_too_long(struct session *);

#endif
