/* SPDX-License-Identifier: ISC */
/*
 * One command line: which command, whether it may be here, its arguments.
 */
#ifndef SESSION_DISPATCH_H
#define SESSION_DISPATCH_H

#include "session/session.h"

/*
 * One command line of the client's, without its line end: fills the reply,
 * and .lines where lines follow.
 */
void dispatch_line(struct session *, const char *text, size_t len);

/* -ERR for a line that is wrong by itself: it counts as an error. */
void dispatch_refuse(struct session *, const char *text);

#endif
