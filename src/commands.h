/* SPDX-License-Identifier: ISC */
/*
 * The table of POP3 commands, and the handlers that it names.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "session.h"

enum argument_form {
	ARGS_NONE,
	ARGS_TEXT, /* verbatim, or none: the handler judges */
	ARGS_NUMBER, /* a message number */
	ARGS_MAYBE_NUMBER,
	ARGS_NUMBER_LINES, /* a message number and a count of lines */
};

struct command {
	const char *name;
	unsigned states;
	enum argument_form form;
	bool eight_bit; /* octets above 7F may stand in its arguments */
	/* Fills .reply, and .lines where lines follow. */
	void (*handle)(struct session *, const struct arguments *);
};

/* The row of a name in upper case, or NULL. */
const struct command *commands_find(const char *name);

/*
 * What the backend, or --command, made of a name; NULL. commands_claim adds
 * one, or states to one; false where there are too many.
 */
const struct claim *commands_claimed(const struct offers *, const char *name,
				     enum state);
bool commands_claim(struct offers *, const char *name, size_t len,
		    unsigned states, bool secret);

/* Whether some claim has the name, in whatever state. */
bool commands_has_claim(const struct offers *, const char *name);

/* Whether two names are claimed in the same states, or neither in any. */
bool commands_claimed_together(const struct offers *, const char *,
			       const char *);

/*
 * One command line of the client's, without its line end: fills the reply,
 * and .lines where lines follow.
 */
void commands_dispatch(struct session *, const char *text, size_t len);

/* -ERR for a line that is wrong by itself: it counts as an error. */
void commands_refuse(struct session *, const char *text);

/* Our own handling of a command. */
void session_own(struct session *, const struct command *, struct arguments *);

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
