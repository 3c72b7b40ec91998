/* SPDX-License-Identifier: ISC */
/* src/pure/command.c: nothing of a line is lost, and no number invented. */
#include <string.h>

#include "fuzz.h"
#include "pure/command.h"

static void apart(struct arguments a, enum argument_form form)
{
	const struct arguments whole = a;
	const bool fits = command_arguments(&a, form);

	REQUIRE(a.text == whole.text && a.len == whole.len && a.count <= 2);
	if (!fits)
		return;
	REQUIRE(form != ARGS_NONE || a.len == 0);
	REQUIRE(a.count == 0 || (a.len > 0 && a.text[0] != ' '));
	for (size_t i = 0; a.count > 0 && i < a.len; i++)
		REQUIRE((a.text[i] >= '0' && a.text[i] <= '9') ||
			(a.text[i] == ' ' && a.count == 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const text = (const char *)data;
	struct command_line c;
	size_t n;

	command_split(&c, text, size);
	n = strlen(c.name);
	REQUIRE(n <= LIMIT_COMMAND_NAME && n <= c.verb);
	REQUIRE(c.verb + c.arguments.given + c.arguments.len == size);
	REQUIRE(memchr(text, ' ', c.verb) == NULL);
	REQUIRE(!c.arguments.given || text[c.verb] == ' ');
	for (size_t i = 0; i < n; i++)
		REQUIRE(c.name[i] < 'a' || c.name[i] > 'z');
	/* What has no place in a command has none with 8 bits a fewer. */
	if (command_clean(&c, false))
		REQUIRE(command_clean(&c, true) &&
			memchr(text, '\n', size) == NULL &&
			memchr(text, '\0', size) == NULL);
	for (int form = ARGS_NONE; form <= ARGS_NUMBER_LINES; form++)
		apart(c.arguments, (enum argument_form)form);
	return 0;
}
