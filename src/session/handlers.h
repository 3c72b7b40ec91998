/* SPDX-License-Identifier: ISC */
/*
 * What the table of commands names: each fills .reply, and .lines where lines
 * follow.
 */
#ifndef SESSION_HANDLERS_H
#define SESSION_HANDLERS_H

#include "session/session.h"

/* Either state: capability.c */
void do_capa(struct session *, const struct arguments *);
/* authorization.c */
void do_apop(struct session *, const struct arguments *);
void do_user(struct session *, const struct arguments *);
void do_pass(struct session *, const struct arguments *);
/* sasl.c */
void do_auth(struct session *, const struct arguments *);
/* transaction.c */
void do_dele(struct session *, const struct arguments *);
void do_list(struct session *, const struct arguments *);
void do_noop(struct session *, const struct arguments *);
void do_retr(struct session *, const struct arguments *);
void do_rset(struct session *, const struct arguments *);
void do_stat(struct session *, const struct arguments *);
void do_top(struct session *, const struct arguments *);
void do_uidl(struct session *, const struct arguments *);
/* update.c */
void do_quit(struct session *, const struct arguments *);

#endif
