/* SPDX-License-Identifier: ISC */
/* src/pure/command.c: P1.12, P1.13. */
#include <string.h>

#include "pure/command.h"
#include "tap.h"

#define LINE(s) s, sizeof(s) - 1

/* A line, its name, its arguments; NULL: none, not even an empty one. */
static const struct {
	const char *line;
	size_t len;
	const char *name, *arguments;
	bool clean, clean_8bit;
} lines[] = {
	/* clang-format off */
	{ LINE("QUIT"),          "QUIT", NULL,       true,  true },
	{ LINE("qUiT"),          "QUIT", NULL,       true,  true },
	{ LINE("QUIT "),         "QUIT", "",         true,  true },
	{ LINE("PASS  a  b "),   "PASS", " a  b ",   true,  true },
	{ LINE(" QUIT"),         "",     "QUIT",     true,  true },
	{ LINE(""),              "",     NULL,       true,  true },
	{ LINE(" "),             "",     "",         true,  true },
	{ LINE("user aZ"),       "USER", "aZ",       true,  true },
	{ LINE("@[`{ x"),        "@[`{", "x",        true,  true },
	{ LINE("USER \xc3\xa4"), "USER", "\xc3\xa4", false, true },
	{ LINE("US\xc3\xa4 a"),  "US\xc3\xa4", "a",  false, false },
	{ LINE("USER a\tb"),     "USER", "a\tb",     false, false },
	{ LINE("USER\ta"),       "USER\tA", NULL,    false, false },
	{ LINE("USER a\x7f"),    "USER", "a\x7f",    false, false },
	{ LINE("USER a\x1f"),    "USER", "a\x1f",    false, false },
	{ LINE("USER a~"),       "USER", "a~",       true,  true },
	{ LINE("USER a\x80"),    "USER", "a\x80",    false, true },
	{ LINE("USER a\r"),      "USER", "a\r",      false, false },
	/* clang-format on */
};

enum { N = ARGS_NONE, T = ARGS_TEXT, M = ARGS_NUMBER };
enum { Q = ARGS_MAYBE_NUMBER, L = ARGS_NUMBER_LINES };

static const struct {
	unsigned form;
	const char *text;
	bool fits;
	unsigned count;
	uint64_t first, second;
} rows[] = {
	/* clang-format off */
	{ N, "",       true,  0, 0, 0 },
	{ N, " ",      false, 0, 0, 0 },
	{ N, "1",      false, 0, 0, 0 },
	{ T, "",       true,  0, 0, 0 },
	{ T, "1 2",    true,  0, 0, 0 },
	{ M, "1",      true,  1, 1, 0 },
	{ M, "007",    false, 0, 0, 0 },
	{ M, "",       false, 0, 0, 0 },
	{ M, " 1",     false, 0, 0, 0 },
	{ M, "1 ",     false, 0, 0, 0 },
	{ M, "1 2",    false, 0, 0, 0 },
	{ M, "-1",     false, 0, 0, 0 },
	{ M, "+1",     false, 0, 0, 0 },
	{ M, "1x",     false, 0, 0, 0 },
	{ M, "99999999999999999999", false, 0, 0, 0 },
	{ Q, "",       true,  0, 0, 0 },
	{ Q, "2",      true,  1, 2, 0 },
	{ Q, " ",      false, 0, 0, 0 },
	{ Q, "x",      false, 0, 0, 0 },
	{ L, "1 0",    true,  2, 1, 0 },
	{ L, "12 34",  true,  2, 12, 34 },
	{ L, "1",      false, 0, 0, 0 },
	{ L, "1 ",     false, 0, 0, 0 },
	{ L, "1  2",   false, 0, 0, 0 },
	{ L, "1 2 3",  false, 0, 0, 0 },
	{ L, " 1 2",   false, 0, 0, 0 },
	{ L, "1 2 ",   false, 0, 0, 0 },
	{ L, "",       false, 0, 0, 0 },
	{ L, "1 -2",   false, 0, 0, 0 },
	/* clang-format on */
};

static bool as_told(const struct command_line *c, size_t i)
{
	const char *const told = lines[i].arguments;
	const size_t len = told != NULL ? strlen(told) : 0;

	return strcmp(c->name, lines[i].name) == 0 &&
	       c->arguments.given == (told != NULL) &&
	       c->arguments.len == len &&
	       (len == 0 || memcmp(c->arguments.text, told, len) == 0);
}

int main(void)
{
	char longest[LIMIT_COMMAND_NAME + 2];
	struct command_line c;

	for (size_t i = 0; i < COUNT(lines); i++) {
		command_split(&c, lines[i].line, lines[i].len);
		tap(as_told(&c, i), "split, row %zu", i);
		tap(command_clean(&c, false) == lines[i].clean &&
			    command_clean(&c, true) == lines[i].clean_8bit,
		    "P1.13: clean, row %zu", i);
	}
	command_split(&c, LINE("A\0B"));
	tap(!command_clean(&c, true), "P1.13: a NUL in the name");
	command_split(&c, LINE("A B\0"));
	tap(c.arguments.len == 2 && !command_clean(&c, true),
	    "P1.13: a NUL in the arguments");
	memset(longest, 'a', sizeof(longest));
	command_split(&c, longest, LIMIT_COMMAND_NAME);
	tap(strlen(c.name) == LIMIT_COMMAND_NAME && c.name[0] == 'A',
	    "the longest name");
	command_split(&c, longest, LIMIT_COMMAND_NAME + 1);
	tap(c.name[0] == '\0' && c.verb == LIMIT_COMMAND_NAME + 1,
	    "a name longer than any");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arguments a = { .text = rows[i].text,
				       .len = strlen(rows[i].text),
				       .given = true };
		const bool fits =
			command_arguments(&a, (enum argument_form)rows[i].form);

		tap(fits == rows[i].fits &&
			    (!fits || (a.count == rows[i].count &&
				       a.number[0] == rows[i].first &&
				       a.number[1] == rows[i].second)),
		    "form %u: \"%s\"", rows[i].form, rows[i].text);
	}
	return tap_done();
}
