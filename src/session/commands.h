/* SPDX-License-Identifier: ISC */
/*
 * The table of POP3 commands.
 */
#ifndef SESSION_COMMANDS_H
#define SESSION_COMMANDS_H

#include "session/session.h"

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

#endif
