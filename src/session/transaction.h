/* SPDX-License-Identifier: ISC */
/*
 * RFC 1939 sections 5 and 7: the commands of the TRANSACTION state. Each fills
 * .reply, and .lines where lines follow.
 */
#ifndef SESSION_TRANSACTION_H
#define SESSION_TRANSACTION_H

#include "pure/command.h"
#include "session/session.h"

void do_dele(struct session *, const struct arguments *);
void do_list(struct session *, const struct arguments *);
void do_noop(struct session *, const struct arguments *);
void do_retr(struct session *, const struct arguments *);
void do_rset(struct session *, const struct arguments *);
void do_stat(struct session *, const struct arguments *);
void do_top(struct session *, const struct arguments *);
void do_uidl(struct session *, const struct arguments *);

#endif
