/* SPDX-License-Identifier: ISC */
/*
 * RFC 2595: STLS. pop3-skel-tls gets the client's descriptor, and the session
 * goes on upon its connection to that program. It fills .reply.
 */
#ifndef SESSION_STLS_H
#define SESSION_STLS_H

#include "pure/command.h"
#include "session/session.h"

void do_stls(struct session *, const struct arguments *);

/* Whether it can be had now: there is no TLS, and who makes it answers. */
bool stls_offered(struct session *);

/*
 * The reply to it is written: TLS begins. Nothing of what the client said in
 * clear is known behind it, but how often a login failed, and the time.
 */
void stls_begin(struct session *);

#endif
