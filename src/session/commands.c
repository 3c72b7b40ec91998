/* SPDX-License-Identifier: ISC */
#include "session/commands.h"
#include "session/handlers.h"

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
