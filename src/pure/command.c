/* SPDX-License-Identifier: ISC */
#include "pure/command.h"

#include <string.h>

#include "pure/number.h"

void command_split(struct command_line *c, const char *text, size_t len)
{
	const char *const blank = memchr(text, ' ', len);
	size_t n;

	c->text = text;
	c->verb = blank != NULL ? (size_t)(blank - text) : len;
	c->arguments = (struct arguments){
		.text = blank != NULL ? blank + 1 : "",
		.len = blank != NULL ? len - c->verb - 1 : 0,
		.given = blank != NULL,
	};
	n = c->verb <= LIMIT_COMMAND_NAME ? c->verb : 0;
	for (size_t i = 0; i < n; i++)
		c->name[i] = (char)(text[i] >= 'a' && text[i] <= 'z'
					    ? text[i] - 'a' + 'A'
					    : text[i]);
	c->name[n] = '\0';
}

static bool clean(const char *text, size_t len, bool eight_bit)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f || (c > 0x7f && !eight_bit))
			return false;
	}
	return true;
}

bool command_clean(const struct command_line *c, bool eight_bit)
{
	return clean(c->text, c->verb, false) &&
	       clean(c->arguments.text, c->arguments.len, eight_bit);
}

bool command_arguments(struct arguments *a, enum argument_form form)
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
