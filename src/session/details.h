/* SPDX-License-Identifier: ISC */
/*
 * What the detail lines of an answer do to the session: messages, locks,
 * offers, a change of user.
 */
#ifndef SESSION_DETAILS_H
#define SESSION_DETAILS_H

#include "session/session.h"

/* The detail of a struct backend_taker; arg is the session. */
const char *details_take(void *arg, enum wire_verb, const struct wire_line *);

/* The body of one: octets for the client or the spool, as .stream says. */
void details_body(void *arg, const char *data, size_t n);

/* Makes what was offered with an answer of OK stand. */
void details_settle(struct session *);

/* Frees the locks over the first `keep` ones. */
void details_unlock(struct session *, unsigned keep);

#endif
