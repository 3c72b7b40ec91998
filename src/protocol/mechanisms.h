/* SPDX-License-Identifier: ISC */
/*
 * Which mechanisms AUTH has in this session (RFC 5034): ours and the backend's.
 */
#ifndef PROTOCOL_MECHANISMS_H
#define PROTOCOL_MECHANISMS_H

#include "session/session.h"

/*
 * The mechanisms of AUTH, blanks between; returns the octets. clear: a secret
 * may cross the connection, so also those that show one.
 */
size_t mechanisms_list(const struct session *, bool clear,
		       char out[LIMIT_MECHANISMS + 32]);

/* Whether a mechanism, in upper case, is one of them. */
bool mechanisms_offer(const struct session *, bool clear, const char *name);

#endif
