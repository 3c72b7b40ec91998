/* SPDX-License-Identifier: ISC */
/*
 * What we counted ourselves, told to the backend at the end of the session, so
 * that the next one need not count it again.
 */
#ifndef SESSION_SIZES_H
#define SESSION_SIZES_H

#include "session/session.h"

/* Whether it is told at all: where nothing is to be changed it is not. */
bool sizes_wanted(const struct session *);

/* Whether there is something to tell, to a backend that is there. */
bool sizes_counted(const struct session *);

/*
 * Tells it, after all else: the client and the locks are gone by now. What the
 * backend makes of it, or that it has no time for it, changes nothing.
 */
void sizes_tell(struct session *);

#endif
