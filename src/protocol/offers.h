/* SPDX-License-Identifier: ISC */
/*
 * The commands that the backend, or --command, added.
 */
#ifndef PROTOCOL_OFFERS_H
#define PROTOCOL_OFFERS_H

#include "session/session.h"

/*
 * What the backend, or --command, made of a name; NULL. claims_add adds one,
 * or states to one; false where there are too many.
 */
const struct claim *claims_find(const struct offers *, const char *name,
				enum state);
bool claims_add(struct offers *, const char *name, size_t len, unsigned states,
		bool secret);

/* Whether some claim has the name, in whatever state. */
bool claims_has(const struct offers *, const char *name);

/* Whether two names are claimed in the same states, or neither in any. */
bool claims_together(const struct offers *, const char *, const char *);

#endif
