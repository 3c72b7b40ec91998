/* SPDX-License-Identifier: ISC */
/*
 * Commands that the backend answers itself: the ancestor's model.
 */
#ifndef CLAIMED_H
#define CLAIMED_H

#include "commands.h"

/*
 * Asks the backend; DEFAULT leads to our own handler, where row (it may be
 * NULL) is one of this state.
 */
void claimed_handle(struct session *, const struct claim *,
		    const struct command *row, struct arguments *);

#endif
