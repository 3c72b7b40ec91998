/* SPDX-License-Identifier: ISC */
#include "session/commands.h"

#include <string.h>

#include "protocol/offers.h"
#include "pure/command.h"
#include "session/authorization.h"
#include "session/capability.h"
#include "session/client.h"
#include "session/delegated.h"
#include "session/sasl.h"
#include "session/stls.h"
#include "session/transaction.h"
#include "session/update.h"

struct command {
	const char *name;
	unsigned states;
	enum argument_form form;
	bool eight_bit; /* octets above 7F may stand in its arguments */
	/* Fills .reply, and .lines where lines follow. */
	void (*handle)(struct session *, const struct arguments *);
};

/*
 * THE table. What is not here is "unknown"; what is here and cannot be had in
 * this session is "unimplemented".
 */
static const struct command commands[] = {
	/* clang-format off */
	/* name    states                       arguments          8-bit */
	{ "APOP", AUTHORIZATION,               ARGS_TEXT,         false, do_apop },
	{ "AUTH", AUTHORIZATION,               ARGS_TEXT,         false, do_auth },
	{ "CAPA", AUTHORIZATION | TRANSACTION, ARGS_NONE,         false, do_capa },
	{ "DELE", TRANSACTION,                 ARGS_NUMBER,       false, do_dele },
	{ "LIST", TRANSACTION,                 ARGS_MAYBE_NUMBER, false, do_list },
	{ "NOOP", TRANSACTION,                 ARGS_NONE,         false, do_noop },
	{ "PASS", AUTHORIZATION,               ARGS_TEXT,         true,  do_pass },
	{ "QUIT", AUTHORIZATION | TRANSACTION, ARGS_NONE,         false, do_quit },
	{ "RETR", TRANSACTION,                 ARGS_NUMBER,       false, do_retr },
	{ "RSET", TRANSACTION,                 ARGS_NONE,         false, do_rset },
	{ "STAT", TRANSACTION,                 ARGS_NONE,         false, do_stat },
	{ "STLS", AUTHORIZATION,               ARGS_NONE,         false, do_stls },
	{ "TOP",  TRANSACTION,                 ARGS_NUMBER_LINES, false, do_top },
	{ "UIDL", TRANSACTION,                 ARGS_MAYBE_NUMBER, false, do_uidl },
	{ "USER", AUTHORIZATION,               ARGS_TEXT,         true,  do_user },
	/* clang-format on */
};

/* The row of a name in upper case, or NULL. */
static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* -ERR for a line that is wrong by itself: it counts as an error. */
static void refuse(struct session *s, const char *text)
{
	s->client.errors++;
	/* After a PASS that fails a new USER is needed. */
	s->login.named = false;
	reply_err(&s->reply, NULL, text);
}

/* What is no command in this state; `known`: but it is one in the other. */
static void misplaced(struct session *s, bool known)
{
	if (s->state == AUTHORIZATION)
		refuse(s, known ? "log in first"
				: "unknown AUTHORIZATION state command");
	else
		refuse(s, known ? "already logged in"
				: "unknown TRANSACTION state command");
}

/*
 * Our own handling; row is NULL for what is no command of ours, `claimed` where
 * it is the backend's in the other state.
 */
static void handle(struct session *s, const struct command *row, bool claimed,
		   struct arguments *a)
{
	if (row == NULL || (row->states & s->state) == 0)
		misplaced(s, claimed || row != NULL);
	else if (row->handle == NULL)
		refuse(s, "command unimplemented");
	else if (!command_arguments(a, row->form))
		refuse(s, "invalid arguments");
	else
		row->handle(s, a);
}

/*
 * The octets of a line that are no secret, as far as anybody can know. What is no
 * command may be a password on the wrong line, or what a client that did not wait
 * sends behind an AUTH that was refused; and so may arguments that are not what
 * the command takes.
 */
static size_t harmless(const struct session *s, const struct command_line *c,
		       const struct command *row, size_t len)
{
	const struct claim *const anywhere =
		claims_find(&s->offers, c->name, AUTHORIZATION | TRANSACTION);
	const size_t name = c->verb + c->arguments.given;
	struct arguments a = c->arguments;
	bool shown;

	if (row == NULL && anywhere == NULL)
		return 0;
	if (len == name)
		return len;
	/* In a state where it is unknown its arguments are no less secret. */
	if (anywhere != NULL && anywhere->secret)
		shown = false;
	else if (row == NULL)
		shown = claims_find(&s->offers, c->name, s->state) != NULL;
	else if (row->form == ARGS_TEXT)
		shown = row->handle == do_user &&
			wire_user_valid(a.text, a.len, false);
	else
		shown = command_arguments(&a, row->form);
	return shown && len <= LIMIT_COMMAND ? len : name;
}

void commands_line(struct session *s, const char *text, size_t len)
{
	struct command_line c;
	struct arguments *const a = &c.arguments;
	const struct command *row;
	const struct claim *claim, *anywhere;

	command_split(&c, text, len);
	row = find(c.name);
	claim = claims_find(&s->offers, c.name, s->state);
	anywhere = claims_find(&s->offers, c.name, AUTHORIZATION | TRANSACTION);
	client_said(s, text, harmless(s, &c, row, len), len);
	/*
	 * RFC 1939 section 7: PASS only immediately after USER. Some clients
	 * ask between them what there is, which changes nothing.
	 */
	if (strcmp(c.name, "PASS") != 0 && strcmp(c.name, "CAPA") != 0)
		s->login.named = false;
	if (len + 2 > LIMIT_COMMAND && strcmp(c.name, "AUTH") != 0)
		refuse(s, "line too long");
	else if (!command_clean(&c, claim != NULL ||
					    (row != NULL && row->eight_bit)))
		refuse(s, "invalid characters in a command");
	else if (claim == NULL)
		handle(s, row, anywhere != NULL, a);
	else if (delegated_handle(s, claim, a))
		return;
	else if (row != NULL && (row->states & s->state) != 0)
		handle(s, row, false, a);
	else
		refuse(s, "command unimplemented");
}

void commands_too_long(struct session *s)
{
	client_said(s, "", 0, 1);
	refuse(s, "line too long");
}
