/* SPDX-License-Identifier: ISC */
/*
 * RFC 5034: AUTH. It fills .reply, and .lines for the mechanisms.
 */
#ifndef SESSION_SASL_H
#define SESSION_SASL_H

#include "pure/command.h"
#include "session/session.h"

void do_auth(struct session *, const struct arguments *);

#endif
