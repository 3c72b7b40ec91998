/* SPDX-License-Identifier: ISC */
/*
 * Octets of a body on their way: converted for the client, or as they are into
 * the spool.
 */
#ifndef SESSION_STREAM_H
#define SESSION_STREAM_H

#include "session/session.h"

/* In the spool each body has its length in front. */
enum { STREAM_SPOOL_HEAD = sizeof(uint64_t) };

/* Prepares .stream for the next answer. */
void stream_expect(struct session *, enum stream_to);

/* Takes octets that the backend streams, for whom they are. */
void stream_take(struct session *, const char *data, size_t n);

/*
 * Takes octets of a body for the spool; at its end the message has them, or
 * its size alone where it is too large. 0, or -errno: then it has nothing.
 */
void stream_spool(struct session *, const char *data, size_t n);
int stream_settle(struct session *, struct message *);

/* Sends octets to the client as .stream says; or those held back. */
void stream_send(struct session *, const char *data, size_t n);
void stream_send_held(struct session *);

/*
 * After the last octet of a body: ends an unended line, compares the octets
 * with what was told, keeps the tally.
 */
void stream_finish(struct session *);

#endif
