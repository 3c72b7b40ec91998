/* SPDX-License-Identifier: ISC */
/*
 * Commands that the backend answers itself: the ancestor's model.
 */
#ifndef CLAIMED_H
#define CLAIMED_H

#include "session.h"

/* Asks the backend; false where it leaves the command to us (DEFAULT). */
bool claimed_handle(struct session *, const struct claim *,
		    const struct arguments *);

#endif
