/* SPDX-License-Identifier: ISC */
/*
 * What hello says beside its version: facts about the connection, each with a
 * `=` in it, and features, without one: what a backend may use in this session,
 * or may be asked.
 */
#ifndef SESSION_HELLO_H
#define SESSION_HELLO_H

#include "pure/text.h"
#include "session/session.h"

/* Room for all of it. */
enum { HELLO_ROOM = 768 };

/*
 * Adds the features, with blanks between: those of hello, but for what only its
 * own answer may make use of.
 */
void hello_features(const struct session *, struct text *);

/*
 * Adds all words of hello. None of them holds an octet that a client chose; a
 * fact that is not known is not there.
 */
void hello_words(const struct session *, struct text *);

/*
 * Asks `hello` of a backend that is new. True where .answer is one, be it no;
 * else the reply is set, and the session over.
 */
bool hello_ask(struct session *);

#endif
