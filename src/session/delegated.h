/* SPDX-License-Identifier: ISC */
/*
 * Commands that the backend answers itself: the ancestor's model.
 */
#ifndef SESSION_DELEGATED_H
#define SESSION_DELEGATED_H

#include "pure/command.h"
#include "session/session.h"

/* Asks the backend; false where it leaves the command to us (DEFAULT). */
bool delegated_handle(struct session *, const struct claim *,
		      const struct arguments *);

#endif
