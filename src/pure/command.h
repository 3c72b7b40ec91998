/* SPDX-License-Identifier: ISC */
/*
 * A command line of the client's, taken apart (RFC 1939 section 3): a keyword,
 * and behind one blank its arguments, verbatim.
 */
#ifndef PURE_COMMAND_H
#define PURE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"

enum argument_form {
	ARGS_NONE,
	ARGS_TEXT, /* verbatim, or none: the handler judges */
	ARGS_NUMBER, /* a message number */
	ARGS_MAYBE_NUMBER,
	ARGS_NUMBER_LINES, /* a message number and a count of lines */
};

/* The arguments of a command, taken apart as its row says. */
struct arguments {
	const char *text; /* all of it, verbatim; no NUL */
	size_t len;
	bool given; /* false: not even an empty one */
	unsigned count; /* of the numbers */
	uint64_t number[2];
};

struct command_line {
	/* In upper case, with a NUL; "" where it is longer than any. */
	char name[LIMIT_COMMAND_NAME + 1];
	const char *text;
	size_t verb; /* octets of the name as it was sent */
	struct arguments arguments; /* .text points into the line */
};

/* Splits a line, without its line end, at its first blank. */
void command_split(struct command_line *, const char *text, size_t len);

/*
 * Whether it has only octets that a command may have (P1.13): printable ASCII,
 * and above 7F in the arguments where these are eight_bit.
 */
bool command_clean(const struct command_line *, bool eight_bit);

/* Takes the arguments apart; false where they do not fit the form. */
bool command_arguments(struct arguments *, enum argument_form);

#endif
