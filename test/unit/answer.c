/* SPDX-License-Identifier: ISC */
/* src/protocol/answer.c: detail lines that say what an answer is. */
#include <string.h>

#include "protocol/answer.h"
#include "tap.h"

static struct answer answer;

static const char *take_of(enum wire_verb verb, const char *line)
{
	struct wire_line l;
	const char *wrong = wire_parse(&l, verb, line, strlen(line));

	if (wrong == NULL && l.word >= WIRE_RESULTS)
		return answer_take(&answer, &l);
	if (wrong == NULL)
		answer_result(&answer, &l);
	return wrong;
}

static const char *take(const char *line)
{
	return take_of(WIRE_NAME, line);
}

/* `next` and `arg`, of a login's answer. */
static void test_next(void)
{
	static const struct {
		const char *first, *last, *wrong;
	} words[] = {
		{ NULL, "next maildir", NULL },
		{ NULL, "next a b", NULL },
		{ NULL, "arg x", "arg without next" },
		{ "next a", "next b", "a second next" },
		{ "next a", "arg  x ", NULL },
		{ "next a", "arg ", NULL },
	};
	static const char all[] = "maildir\0--serve\0a  b \0";
	static char line[8100] = "arg ";
	unsigned n = 0;

	for (size_t i = 0; i < COUNT(words); i++) {
		const char *wrong;

		answer_start(&answer);
		if (words[i].first != NULL)
			take_of(WIRE_LOGIN, words[i].first);
		wrong = take_of(WIRE_LOGIN, words[i].last);
		tap(words[i].wrong == NULL
			    ? wrong == NULL
			    : wrong != NULL && !strcmp(wrong, words[i].wrong),
		    "%s: %s", words[i].last, wrong != NULL ? wrong : "taken");
	}
	answer_start(&answer);
	take_of(WIRE_LOGIN, "next maildir");
	take_of(WIRE_LOGIN, "arg --serve");
	take_of(WIRE_MORE, "arg a  b ");
	take_of(WIRE_AUTH, "arg ");
	tap(answer.next_count == 4 && answer.next_len == sizeof(all) &&
		    !memcmp(answer.next, all, sizeof(all)),
	    "next: the words, each with its NUL");
	while (take_of(WIRE_TOKEN, "arg x") == NULL)
		n++;
	tap(n == LIMIT_BACKEND_ARGUMENTS - 4, "next: no more than these words");
	answer_start(&answer);
	tap(answer.next_count == 0 && answer.next_len == 0,
	    "next: not in another answer");
	memset(line + 4, 'x', sizeof(line) - 5);
	take_of(WIRE_LOGIN, "next a");
	for (n = 0; take_of(WIRE_APOP, line) == NULL;)
		n++;
	tap(n == LIMIT_NEXT_TEXT / (sizeof(line) - 4),
	    "next: no more than these octets");
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
	test_next();
	return tap_done();
}
