/* SPDX-License-Identifier: ISC */
/*
 * Where the body of a message is, and how large: in its file, in the spool, or
 * with the backend, who is then asked for it once.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "session.h"

/*
 * Makes .octets of a message known: reads its file, or has it sent by the
 * backend into the spool. A message that is gone has 0 octets. False where
 * it cannot be told now: then the reply is set, or the session over.
 */
bool message_size(struct session *, struct message *);

/* As message_size, for a unique-id that is made from the body. */
bool message_unique_id(struct session *, struct message *);

/*
 * A message of unknown size, without a path that opens: fetched once with
 * retr. False where that cannot be now, the reply set.
 */
bool message_fetch(struct session *, struct message *);

/* A body that is at hand, into .body, .body_at and .body_octets; or false. */
bool message_locate(struct session *, const struct message *);

/*
 * Notes, once in a session, a message that neither its path nor the backend
 * has a body for; `retr` was answered.
 */
void message_note_missing(struct session *, const struct message *);

/*
 * Opens what `file` or `temp` named: a descriptor, or -1 with the reply set.
 */
int message_open_answer(struct session *, uint64_t *octets);

#endif
