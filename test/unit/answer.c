/* SPDX-License-Identifier: ISC */
/* src/protocol/answer.c: detail lines that say what an answer is. */
#include <string.h>

#include "protocol/answer.h"
#include "tap.h"

static struct answer answer;

static const char *take(const char *line)
{
	struct wire_line l;
	const char *wrong = wire_parse(&l, WIRE_NAME, line, strlen(line));

	if (wrong == NULL && l.word >= WIRE_RESULTS)
		return answer_take(&answer, &l);
	if (wrong == NULL)
		answer_result(&answer, &l);
	return wrong;
}

/* Lines of one answer: what is wrong with the last of them, or NULL. */
static const struct {
	const char *first, *last, *wrong;
} rows[] = {
	/* clang-format off */
	{ NULL,        "close",        NULL },
	{ NULL,        "state trans",  NULL },
	{ NULL,        "state update", "unknown state" },
	{ NULL,        "user bob",     NULL },
	{ NULL,        "user bob/x",   NULL },
	{ NULL,        "user b ob",    "a user name with a blank" },
	{ NULL,        "user b\tob",   "not a user name" },
	{ NULL,        "file /m/1",    NULL },
	{ NULL,        "temp /m/1",    NULL },
	{ NULL,        "file m/1",     "path not absolute" },
	{ "file /m/1", "file /m/2",    "two kinds of body" },
	{ "file /m/1", "body",         "two kinds of body" },
	{ "body",      "temp /m/1",    "two kinds of body" },
	{ "body",      "body",         NULL },
	{ NULL,        "part 0 0 /m",  NULL },
	{ NULL,        "part 1 9223372036854775806 /m", NULL },
	{ NULL,        "part 1 9223372036854775807 /m", "part beyond any file" },
	{ NULL,        "part 9223372036854775808 0 /m", "part beyond any file" },
	{ NULL,        "part 1 18446744073709551615 /m", "part beyond any file" },
	{ NULL,        "part 18446744073709551616 0 /m",
	  "part without two numbers" },
	{ NULL,        "part 1 -1 /m", "part without two numbers" },
	{ NULL,        "part 1 1 m",   "path not absolute" },
	{ NULL,        "part 1 1 ",    "path not absolute" },
	{ "part 1 1 /m", "part 2 1 /m", "two kinds of body" },
	{ "part 1 1 /m", "temp /m",    "two kinds of body" },
	{ "part 1 1 /m", "body",       "two kinds of body" },
	{ "body",      "part 1 1 /m",  "two kinds of body" },
	/* clang-format on */
};

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *wrong;

		answer_start(&answer);
		if (rows[i].first != NULL)
			take(rows[i].first);
		wrong = take(rows[i].last);
		tap(rows[i].wrong == NULL
			    ? wrong == NULL
			    : wrong != NULL && !strcmp(wrong, rows[i].wrong),
		    "%s: %s", rows[i].last, wrong != NULL ? wrong : "taken");
	}
	answer_start(&answer);
	tap(answer.result == WIRE_DEFAULT && answer.text_len == 0,
	    "nothing so far is DEFAULT");
	take("close");
	take("user bob");
	take("temp /m/1");
	take("OK well done");
	tap(answer.result == WIRE_OK && !strcmp(answer.text, "well done") &&
		    answer.text_len == 9,
	    "a result with its text");
	tap(answer.close && answer.temp && !answer.multi && !answer.trans &&
		    answer.user_len == 3 && !memcmp(answer.user, "bob", 3) &&
		    !strcmp(answer.path, "/m/1"),
	    "... and what the details told");
	answer_start(&answer);
	take("part 4711 815 /m/all of it");
	tap(answer.part && answer.at == 4711 && answer.octets == 815 &&
		    !answer.temp && !strcmp(answer.path, "/m/all of it"),
	    "a part: where it begins, how long it is, and of what");
	answer_start(&answer);
	take("ERR");
	tap(answer.result == WIRE_ERR && answer.text[0] == '\0' &&
		    !answer.close && !answer.temp && !answer.part &&
		    answer.user_len == 0 && answer.path_len == 0,
	    "nothing of it is in the next one");
	return tap_done();
}
