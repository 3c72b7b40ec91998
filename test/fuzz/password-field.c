/* SPDX-License-Identifier: ISC */
/*
 * src/pure/password-field.c and password-cost.c: a field of any octets. What
 * it is taken apart into lies within the room, is of the length of its hash, and
 * asks for no more than the limits; and when it is forgotten nothing is left.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "pure/limit.h"
#include "pure/password-field.h"

static struct password w;

static bool within(const void *from, size_t len)
{
	const char *const at = from;

	return at >= w.room && len <= sizeof(w.room) &&
	       at <= w.room + sizeof(w.room) - len;
}

static void check(void)
{
	switch (w.kind) {
	case PASSWORD_PLAIN:
	case PASSWORD_CRYPT:
	case PASSWORD_ARGON2:
		REQUIRE(within(w.text, 1) && w.text[0] != '\0');
		REQUIRE(memchr(w.text, '\0', sizeof(w.room)) != NULL);
		break;
	case PASSWORD_SCRAM:
		REQUIRE(w.salt_len > 0 && within(w.server, w.digest_len));
		REQUIRE(w.server == w.digest + w.digest_len);
		__attribute__((fallthrough));
	case PASSWORD_PBKDF2:
		REQUIRE(w.rounds > 0 && w.rounds <= LIMIT_HASH_ROUNDS);
		__attribute__((fallthrough));
	case PASSWORD_DIGEST:
	case PASSWORD_CRAM:
		REQUIRE(w.digest_len >= 16 && w.digest_len <= 64);
		REQUIRE(within(w.digest, w.digest_len));
		REQUIRE(within(w.salt, w.salt_len));
		break;
	default:
		abort();
	}
	password_large(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char zero[PASSWORD_ROOM];
	static char field[2 * PASSWORD_ROOM];
	enum password_fault fault;

	if (size >= sizeof(field))
		return 0;
	memcpy(field, data, size);
	field[size] = '\0';
	fault = password_parse(&w, field);
	REQUIRE(w.kind == password_kind(field));
	REQUIRE((fault == PASSWORD_NO_SCHEME) == (w.kind >= PASSWORD_NONE));
	if (fault == PASSWORD_GOOD)
		check();
	password_forget(&w);
	REQUIRE(memcmp(w.room, zero, sizeof(zero)) == 0);
	return 0;
}
