/* SPDX-License-Identifier: ISC */
/*
 * `next`: who let the client in has no mail, and names an installed backend that
 * goes on.
 */
#ifndef SESSION_NEXT_H
#define SESSION_NEXT_H

#include "session/session.h"

/*
 * The backend that is there hears the end, and the one that .answer names is
 * started and greeted: it is to be asked `list`. False where that cannot be: the
 * reply is set, and the session over.
 */
bool next_start(struct session *);

#endif
