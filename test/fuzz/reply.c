/* SPDX-License-Identifier: ISC */
/* src/pure/reply.c: whatever a backend says becomes one good status line. */
#include <string.h>

#include "fuzz.h"
#include "pure/reply.h"

static void check(const struct reply *r)
{
	char out[LIMIT_RESPONSE];
	const size_t n = reply_format(r, out);

	REQUIRE(n >= 6 && n <= LIMIT_RESPONSE);
	REQUIRE(memcmp(out, r->ok ? "+OK " : "-ERR ", r->ok ? 4 : 5) == 0);
	REQUIRE(memcmp(out + n - 2, "\r\n", 2) == 0);
	for (size_t i = 0; i < n - 2; i++)
		REQUIRE(out[i] >= ' ' && out[i] <= '~');
	/* RFC 2449 section 8: "[" begins a response code, or nothing. */
	if (r->code == NULL && r->text[0] == '[' && r->len < 400)
		REQUIRE(memchr(r->text, ']', r->len) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const text = (const char *)data;
	struct reply r;

	reply_ok(&r, "ours");
	reply_text(&r, text, size);
	check(&r);
	reply_err(&r, NULL, "ours");
	reply_text(&r, text, size);
	check(&r);
	reply_err(&r, "SYS/TEMP", "ours");
	reply_text(&r, text, size);
	check(&r);
	return 0;
}
