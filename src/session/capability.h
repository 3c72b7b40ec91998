/* SPDX-License-Identifier: ISC */
/*
 * RFC 2449: CAPA. It fills .reply, and .lines.
 */
#ifndef SESSION_CAPABILITY_H
#define SESSION_CAPABILITY_H

#include "pure/command.h"
#include "session/session.h"

void do_capa(struct session *, const struct arguments *);

#endif
