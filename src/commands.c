/* SPDX-License-Identifier: ISC */
#include "commands.h"

#include <string.h>

/*
 * THE table. What is not here, or not in this state, is "unknown"; what is
 * here and cannot be had in this session is "unimplemented".
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
	{ "STLS", AUTHORIZATION,               ARGS_NONE,         false, NULL },
	{ "TOP",  TRANSACTION,                 ARGS_NUMBER_LINES, false, do_top },
	{ "UIDL", TRANSACTION,                 ARGS_MAYBE_NUMBER, false, do_uidl },
	{ "USER", AUTHORIZATION,               ARGS_TEXT,         true,  do_user },
	/* clang-format on */
};

const struct command *commands_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static struct claim *find(const struct offers *o, const char *name, size_t len)
{
	for (unsigned i = 0; i < o->claim_count; i++)
		if (strlen(o->claims[i].name) == len &&
		    memcmp(o->claims[i].name, name, len) == 0)
			return (struct claim *)&o->claims[i];
	return NULL;
}

const struct claim *commands_claimed(const struct offers *o, const char *name,
				     enum state state)
{
	const struct claim *const c = find(o, name, strlen(name));

	return c != NULL && (c->states & state) != 0 ? c : NULL;
}

bool commands_has_claim(const struct offers *o, const char *name)
{
	return find(o, name, strlen(name)) != NULL;
}

bool commands_claimed_together(const struct offers *o, const char *a,
			       const char *b)
{
	const struct claim *const first = find(o, a, strlen(a));
	const struct claim *const second = find(o, b, strlen(b));

	return (first != NULL ? first->states : 0) ==
	       (second != NULL ? second->states : 0);
}

bool commands_claim(struct offers *o, const char *name, size_t len,
		    unsigned states, bool secret)
{
	struct claim *c = find(o, name, len);

	if (c == NULL) {
		if (o->claim_count == LIMIT_CLAIMS || len > LIMIT_COMMAND_NAME)
			return false;
		c = &o->claims[o->claim_count++];
		*c = (struct claim){ .states = 0 };
		memcpy(c->name, name, len);
	}
	c->states |= states;
	c->secret |= secret;
	return true;
}
