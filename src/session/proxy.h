/* SPDX-License-Identifier: ISC */
/*
 * The PROXY protocol, versions 1 and 2, as HAProxy specifies it: a header
 * before the first octet of the client's, from those who may send one.
 */
#ifndef SESSION_PROXY_H
#define SESSION_PROXY_H

#include "session/session.h"

/*
 * Reads the header and puts what it tells into the peer. False where it is
 * missing, bad, late, or its sender may send none: then the session is over,
 * without a word to whoever it was, and a line is in the log. Who is gone
 * without a word has io.gone, and no line.
 */
bool proxy_take(struct session *, struct peer *);

/*
 * Reads a header, in so many ms, into a peer: NULL, also where io.gone says that
 * nobody is there, or what is wrong.
 */
const char *proxy_read(struct session *, struct peer *, int64_t ms);

/* --tls-in-front: notes the TLS that whoever may send a header has ended. */
void proxy_covered(const struct options *, struct peer *);

#endif
