/* SPDX-License-Identifier: ISC */
/*
 * Where the body of a message is, and how large: in its file, in the spool, or
 * with the backend, who is then asked for it once.
 */
#ifndef SESSION_MESSAGE_H
#define SESSION_MESSAGE_H

#include "session/session.h"

/*
 * Makes .octets of a message known: reads its file, or has it sent by the
 * backend into the spool. Where it is gone they stay unknown, and it is asked
 * for again the next time. False where it cannot be told now: then the reply is
 * set, or the session over.
 */
bool message_size(struct session *, struct message *);

/*
 * As message_size, for a unique-id that is made from the body; one of this
 * session alone where it is gone.
 */
bool message_unique_id(struct session *, struct message *);

/*
 * A message of unknown size, without a path that opens: fetched once with
 * retr. False where that cannot be now, the reply set.
 */
bool message_fetch(struct session *, struct message *);

/* Where the body of a message is, if it is at hand; or false. */
bool message_locate(const struct maildrop *, const struct spool *,
		    const struct message *, struct body *);

/*
 * Whether a message is gone, whose `retr` was answered ERR or DEFAULT, which is
 * noted once in a session. False where that is not known: its path is not to
 * be opened now; the reply is set.
 */
bool message_gone(struct session *, struct message *);

/*
 * Opens what `file`, `temp` or `part` named; or false, the reply set. The
 * message is NULL for the body of a claimed command.
 */
bool message_open_answer(struct session *, struct message *, struct body *);

/*
 * A message, or what stands for one (NULL), cannot be had now: sets the reply,
 * and the log says why, once for a message.
 */
void message_trouble(struct session *, struct message *, const char *path,
		     const char *error);

/* Reads all n octets of a body at an offset: NULL, or what went wrong. */
extern const char message_shrunk[], message_replaced[];
const char *message_read(int fd, char *to, size_t n, uint64_t at);

/*
 * Whether the file that a body is a part of is still there, and not shorter:
 * else other octets may have come to be there. NULL, or what became of it.
 */
const char *message_stayed(const struct body *);

#endif
