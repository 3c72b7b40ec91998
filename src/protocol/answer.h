/* SPDX-License-Identifier: ISC */
/*
 * An answer, and the detail lines that say of it what it is: no more than
 * lines in, what they tell out.
 */
#ifndef PROTOCOL_ANSWER_H
#define PROTOCOL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"
#include "pure/wire.h"

struct answer {
	enum wire_word result; /* one of the five */
	bool close, trans;
	bool multi; /* `body` or a `|` line: a multi-line answer */
	bool temp; /* the path is to be unlinked */
	bool part; /* the body is a slice of it: .at and .octets */
	uint64_t at, octets;
	unsigned next_count; /* words of `next` and `arg`; 0 for none */
	size_t user_len, text_len, path_len, next_len;
	char user[LIMIT_USER];
	char text[LIMIT_REPLY_LINE]; /* of the result; with a NUL */
	char path[LIMIT_PATH]; /* of `file`, `temp` or `part`; "" for none */
	char next[LIMIT_NEXT_TEXT]; /* each word with its NUL */
};

/* Nothing of the last one is left in it; the result is DEFAULT. */
void answer_start(struct answer *);

/*
 * Takes a detail line: `close`, `state`, `user`, `file`, `temp`, `part`,
 * `body`, `next` or `arg`. NULL, or what is wrong in a few words.
 */
const char *answer_take(struct answer *, const struct wire_line *);

/* Takes the result, with its text. */
void answer_result(struct answer *, const struct wire_line *);

#endif
