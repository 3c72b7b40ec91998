/* SPDX-License-Identifier: ISC */
/*
 * What the client hears: status lines and challenges. The lines of an answer and
 * the dot are serve.c's.
 */
#ifndef SESSION_SPEAK_H
#define SESSION_SPEAK_H

#include "session/session.h"

/* Writes the reply as a status line: nobody else does. */
void speak_reply(struct session *);

/* Writes a challenge: "+ " and base64 (RFC 5034 section 4). */
void speak_challenge(struct session *, const char *base64, size_t len);

/* Writes the positive status line before the body's end is known. */
void speak_begin(struct session *);

#endif
