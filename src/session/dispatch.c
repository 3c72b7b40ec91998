/* SPDX-License-Identifier: ISC */
#include "session/dispatch.h"

#include <string.h>

#include "protocol/offers.h"
#include "pure/number.h"
#include "session/client.h"
#include "session/commands.h"
#include "session/delegated.h"

/* P1.13: control characters nowhere; 8-bit octets only where a row says so. */
static bool clean(const char *text, size_t len, bool eight_bit)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f || (c > 0x7f && !eight_bit))
			return false;
	}
	return true;
}

/* Takes the arguments apart; false where they do not fit the form. */
static bool parse_arguments(enum argument_form form, struct arguments *a)
{
	const char *const blank = memchr(a->text, ' ', a->len);
	const size_t first = blank != NULL ? (size_t)(blank - a->text) : a->len;

	switch (form) {
	case ARGS_TEXT:
		return true;
	case ARGS_NONE:
		return a->len == 0;
	case ARGS_MAYBE_NUMBER:
		if (a->len == 0)
			return true;
		/* fall through */
	case ARGS_NUMBER:
		a->count = 1;
		return number_parse(a->text, a->len, &a->number[0]);
	case ARGS_NUMBER_LINES:
		a->count = 2;
		return blank != NULL &&
		       number_parse(a->text, first, &a->number[0]) &&
		       number_parse(blank + 1, a->len - first - 1,
				    &a->number[1]);
	}
	return false;
}

void dispatch_refuse(struct session *s, const char *text)
{
	s->errors++;
	/* After a PASS that fails a new USER is needed. */
	s->named = false;
	reply_err(&s->reply, NULL, text);
}

/* The name in upper case; none where it is longer than any. */
static void upper_name(const char *text, size_t len,
		       char name[LIMIT_COMMAND_NAME + 1])
{
	if (len > LIMIT_COMMAND_NAME)
		len = 0;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)(text[i] >= 'a' && text[i] <= 'z'
					 ? text[i] - 'a' + 'A'
					 : text[i]);
	name[len] = '\0';
}

/* Our own handling; row is NULL for what is no command of ours. */
static void handle(struct session *s, const struct command *row,
		   struct arguments *a)
{
	if (row == NULL || (row->states & s->state) == 0)
		dispatch_refuse(s,
				s->state == AUTHORIZATION
					? "unknown AUTHORIZATION state command"
					: "unknown TRANSACTION state command");
	else if (row->handle == NULL)
		dispatch_refuse(s, "command unimplemented");
	else if (!parse_arguments(row->form, a))
		dispatch_refuse(s, "invalid arguments");
	else
		row->handle(s, a);
}

/* One command line: fills the reply. */
void dispatch_line(struct session *s, const char *text, size_t len)
{
	const char *const blank = memchr(text, ' ', len);
	const size_t verb = blank != NULL ? (size_t)(blank - text) : len;
	struct arguments a = { .text = blank != NULL ? blank + 1 : "",
			       .len = blank != NULL ? len - verb - 1 : 0,
			       .given = blank != NULL };
	char name[LIMIT_COMMAND_NAME + 1];
	const struct command *row;
	const struct claim *claim;

	upper_name(text, verb, name);
	row = commands_find(name);
	claim = claims_find(&s->offers, name, s->state);
	/* In a state where it is unknown its arguments are no less secret. */
	listen_trace(s, name, row != NULL,
		     claims_find(&s->offers, name, AUTHORIZATION | TRANSACTION),
		     text, len);
	/*
	 * RFC 1939 section 7: PASS only immediately after USER. Some clients
	 * ask between them what there is, which changes nothing.
	 */
	if (strcmp(name, "PASS") != 0 && strcmp(name, "CAPA") != 0)
		s->named = false;
	if (len + 2 > LIMIT_COMMAND && strcmp(name, "AUTH") != 0) {
		dispatch_refuse(s, "line too long");
	} else if (!clean(text, verb, false) ||
		   !clean(a.text, a.len,
			  claim != NULL || (row != NULL && row->eight_bit))) {
		dispatch_refuse(s, "invalid characters in a command");
	} else if (claim == NULL) {
		handle(s, row, &a);
	} else if (!claimed_handle(s, claim, &a)) {
		if (row != NULL && (row->states & s->state) != 0)
			handle(s, row, &a);
		else
			dispatch_refuse(s, "command unimplemented");
	}
}
