/* SPDX-License-Identifier: ISC */
/*
 * The session from its greeting to its end: the one place that answers.
 */
#ifndef SESSION_SERVE_H
#define SESSION_SERVE_H

#include "session/session.h"

/* The parts of a session that has no client and no backend yet. */
void serve_start(struct session *, const struct options *, struct peer *,
		 const char *id);

/*
 * Serves one session from the greeting to the end, and logs it. Returns the
 * exit status: 0 or 75.
 */
int serve_session(struct session *, const struct options *, struct peer *,
		  const char *id);

#endif
