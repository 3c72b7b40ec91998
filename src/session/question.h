/* SPDX-License-Identifier: ISC */
/*
 * Questions to the backend, and what an answer, or none, does to the session:
 * the verbs that the handlers are written in.
 */
#ifndef SESSION_QUESTION_H
#define SESSION_QUESTION_H

#include "session/session.h"

/*
 * Asks the backend. Details go into the session, body lines to .take. True where .answer is one; false where the reply is set already:
 * a fault, an invalid field, a busy lock, or the end.
 */
bool session_ask(struct session *, enum wire_verb, const char *name,
		 const struct wire_field *fields, size_t count, bool secret);

/*
 * As session_ask, with the number and the unique-id of a message first, and
 * one more field or an absent one.
 */
bool session_ask_message(struct session *, enum wire_verb,
			 const struct message *, struct wire_field more);

/*
 * Makes a fault of an answer that makes no sense here, and quotes it: the reply
 * is set.
 */
void session_fault(struct session *, const char *what);

/*
 * What a wait brought while nothing is asked: a backend that is not there or
 * not silent any more is a fault. Returns whether the session ended for what
 * came from outside.
 */
bool session_waited(struct session *, unsigned events);

/* Makes the terms that were offered with an answer of OK stand. */
void session_settle(struct session *);

/* Ends the backend, and logs what was wrong with its end. */
void session_stop(struct session *);

/*
 * Turns .answer into the reply: the text of OK (`ok` without one), of ERR
 * with a code, of TEMP. DEFAULT is up to the caller.
 */
void session_answer(struct session *, const char *ok, const char *code,
		    const char *err);

#endif
