/* SPDX-License-Identifier: ISC */
/*
 * A body on its way to the client: from a file, from the spool, or streamed
 * from the backend (RFC 1939 sections 3, 5 and 11).
 */
#ifndef SESSION_RETR_H
#define SESSION_RETR_H

#include "session/session.h"

/* RETR, or with `top` TOP of so many body lines: sets the reply and .lines. */
void body_send(struct session *, struct message *, bool top, uint64_t lines);

/*
 * Sets the reply and .lines from an answer with OK that has a body of any
 * form; `ok` is the text where the backend gave none.
 */
void body_answer(struct session *, const char *ok);

/* Before asking what may be answered with a body for the client. */
void body_expect(struct session *);

/*
 * After the last octet of a body: ends an unended line, compares the octets
 * with what was told, keeps the tally.
 */
void body_finish(struct session *);

/*
 * The client's next command was read: where the last one was a RETR that went
 * out whole, and the backend asked for it, it is told. The reply is set where
 * the session ends by that.
 */
void body_sent(struct session *);

#endif
