/* SPDX-License-Identifier: ISC */
/*
 * THE table of options, and how a value becomes a member of struct options.
 */
#ifndef SESSION_OPTION_TABLE_H
#define SESSION_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/options.h"

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_IDS,
	OPTION_CHOICE,
	OPTION_LIST,
	/* Those that set nothing, and may stand on the command line alone. */
	OPTION_FROM_FILE,
	OPTION_HELP,
	OPTION_VERSION,
};

struct option_row {
	const char *name;
	char letter; /* 0 for none */
	enum option_kind kind;
	size_t at; /* in struct options */
	uint64_t least, most; /* OPTION_NUMBER */
	const char *const *words; /* OPTION_CHOICE; ends in NULL */
	const char *value, *help; /* value: what it is called; NULL for none */
};

/* Every option, in the order of --help. */
enum { OPTION_ROWS = 27 };
extern const struct option_row option_rows[OPTION_ROWS];

/*
 * Sets what the option of a row sets; the value is kept, not copied. False with
 * a sentence and its NUL in error.
 */
bool option_set(struct options *, const struct option_row *, const char *value,
		char error[256]);

#endif
