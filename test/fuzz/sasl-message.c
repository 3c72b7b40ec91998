/* SPDX-License-Identifier: ISC */
/* src/pure/sasl-message.c: the fields of what is taken lie within it. */
#include <string.h>

#include "fuzz.h"
#include "pure/sasl-message.h"

static bool within(const struct wire_field *f, const char *data, size_t len)
{
	return f->data >= data && f->data + f->len <= data + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const text = (const char *)data;
	struct wire_field a, b, c;
	char *name;
	size_t len = size;

	if (sasl_plain(text, size, &a, &b, &c))
		REQUIRE(within(&a, text, size) && within(&b, text, size) &&
			within(&c, text, size) &&
			a.len + b.len + c.len + 2 == size);
	if (sasl_xoauth2(text, size, &a, &b))
		REQUIRE(within(&a, text, size) && within(&b, text, size) &&
			b.len > 0 && memchr(b.data, 1, b.len) == NULL);
	if (sasl_oauthbearer(text, size, &a, &b))
		REQUIRE(within(&a, text, size) && within(&b, text, size) &&
			b.len > 0 && memchr(a.data, 1, a.len) == NULL);
	name = malloc(size + 1);
	REQUIRE(name != NULL);
	memcpy(name, text, size);
	if (sasl_saslname(name, &len))
		REQUIRE(len <= size);
	free(name);
	return 0;
}
