/* SPDX-License-Identifier: ISC */
/*
 * RFC 1939 section 6: QUIT, and the UPDATE state. It fills .reply.
 */
#ifndef SESSION_UPDATE_H
#define SESSION_UPDATE_H

#include "pure/command.h"
#include "session/session.h"

void do_quit(struct session *, const struct arguments *);

#endif
