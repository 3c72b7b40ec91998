/* SPDX-License-Identifier: ISC */
/*
 * src/pure/wire.c. The first octet: the verb. A line that is taken has its fields
 * within it; a request that is written is one line, and has all its fields.
 */
#include <string.h>

#include "fuzz.h"
#include "pure/wire.h"

static bool within(const struct wire_field *f, const char *line, size_t len)
{
	return f->data == NULL ||
	       (f->data >= line && f->data + f->len <= line + len);
}

static void request(enum wire_verb verb, const struct wire_field fields[3])
{
	const char *const name = verb == WIRE_NAME ? "XFOO" : NULL;
	char out[LIMIT_AUTH_REQUEST];
	const ssize_t n = wire_request(out, verb, name, fields, 3);
	size_t octets = strlen(name != NULL ? name : wire_verb_name(verb)) + 1;

	if (n < 0)
		return;
	for (int i = 0; i < 3 && fields[i].data != NULL; i++)
		octets += 1 + fields[i].len;
	REQUIRE((size_t)n == octets && out[n - 1] == '\n');
	for (ssize_t i = 0; i < n - 1; i++)
		REQUIRE((unsigned char)out[i] >= ' ' && out[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const line = (const char *)data + 1;
	struct wire_line l;
	enum wire_verb verb;

	if (size < 1)
		return 0;
	verb = data[0] % WIRE_VERBS;
	size--;
	/* As whoever reads: no LF, no `|` line, not too long. */
	if (size >= LIMIT_REPLY_LINE || memchr(line, '\n', size) != NULL)
		return 0;
	if (wire_parse(&l, verb, line, size) == NULL) {
		REQUIRE(l.word != WIRE_LINE);
		for (int i = 0; i < 3; i++)
			REQUIRE(within(&l.field[i], line, size));
		request(verb, l.field);
	}
	wire_user_valid(line, size, true);
	if (wire_user_valid(line, size, false))
		REQUIRE(wire_user_valid(line, size, true) &&
			memchr(line, '/', size) == NULL && line[0] != '.');
	wire_name_valid(line, size);
	return 0;
}
