/* SPDX-License-Identifier: ISC */
/* src/pure/sasl-message.c: P7.9, P7.12. */
#include <string.h>

#include "pure/sasl-message.h"
#include "tap.h"

#define MESSAGE(s) s, sizeof(s) - 1

/* NULL: refused. */
static const struct {
	const char *data;
	size_t len;
	const char *authzid, *user, *password;
} plains[] = {
	/* clang-format off */
	{ MESSAGE("\0a\0b"),       "", "a", "b" },
	{ MESSAGE("a\0a\0b"),      "a", "a", "b" },
	{ MESSAGE("\0a\0 b  c "),  "", "a", " b  c " },
	{ MESSAGE("\0a\0"),        "", "a", "" },
	{ MESSAGE("\0\0"),         "", "", "" },
	{ MESSAGE(""),             NULL, NULL, NULL },
	{ MESSAGE("\0"),           NULL, NULL, NULL },
	{ MESSAGE("a"),            NULL, NULL, NULL },
	{ MESSAGE("a\0b"),         NULL, NULL, NULL },
	{ MESSAGE("\0a\0b\0"),     NULL, NULL, NULL },
	{ MESSAGE("\0a\0b\0c"),    NULL, NULL, NULL },
	{ MESSAGE("\0\0\0"),       NULL, NULL, NULL },
	/* clang-format on */
};

static const struct {
	bool bearer; /* OAUTHBEARER */
	const char *data;
	size_t len;
	const char *user, *token;
} tokens[] = {
	/* clang-format off */
	{ false, MESSAGE("user=a\1auth=Bearer T\1\1"), "a", "T" },
	{ false, MESSAGE("auth=Bearer T\1user=a\1\1"), "a", "T" },
	{ false, MESSAGE("user=a\1auth=Bearer a=b=\1\1"), "a", "a=b=" },
	{ false, MESSAGE("user=\1auth=Bearer T\1\1"), "", "T" },
	{ false, MESSAGE("user=a\1auth=Bearer T\1"), NULL, NULL },
	{ false, MESSAGE("user=a\1auth=Bearer T"), NULL, NULL },
	{ false, MESSAGE("user=a\1auth=Bearer \1\1"), NULL, NULL },
	{ false, MESSAGE("user=a\1auth=Basic T\1\1"), NULL, NULL },
	{ false, MESSAGE("user=a\1\1"), NULL, NULL },
	{ false, MESSAGE("auth=Bearer T\1\1"), NULL, NULL },
	{ false, MESSAGE("xuser=a\1auth=Bearer T\1\1"), NULL, NULL },
	{ false, MESSAGE("n,a=a,\1auth=Bearer T\1\1"), NULL, NULL },
	{ false, MESSAGE("\1\1"), NULL, NULL },
	{ false, MESSAGE("\1"), NULL, NULL },
	{ false, MESSAGE(""), NULL, NULL },
	{ true, MESSAGE("n,a=a@b,\1host=h\1port=110\1auth=Bearer T\1\1"),
	  "a@b", "T" },
	{ true, MESSAGE("n,a=a,\1auth=Bearer T\1\1"), "a", "T" },
	{ true, MESSAGE("n,a=,\1auth=Bearer T\1\1"), "", "T" },
	{ true, MESSAGE("n,,\1auth=Bearer T\1\1"), "", "T" },
	{ true, MESSAGE("y,,\1host=h\1auth=Bearer T\1\1"), "", "T" },
	{ true, MESSAGE("n,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("n,,,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("n,a,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("n,b=a,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("na=a,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("p=x,,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE(",,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("n,,\1auth=Bearer \1\1"), NULL, NULL },
	{ true, MESSAGE("n,a=a,\1auth=BearerT\1\1"), NULL, NULL },
	{ true, MESSAGE("n,a=a,\1auth=Bea\0er T\1\1"), NULL, NULL },
	{ true, MESSAGE("y,a=a,\1auth=bearer T\1\1"), "a", "T" },
	{ true, MESSAGE("p=x,a=a,\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("n,a=a\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("user=a\1auth=Bearer T\1\1"), NULL, NULL },
	{ true, MESSAGE("n,a=a,\1\1"), NULL, NULL },
	{ true, MESSAGE("n,a=a,"), NULL, NULL },
	{ true, MESSAGE("n,"), NULL, NULL },
	{ true, MESSAGE("\1\1"), NULL, NULL },
	{ true, MESSAGE("\1"), NULL, NULL },
	{ true, MESSAGE(""), NULL, NULL },
	/* clang-format on */
};

/* RFC 5801 section 4; NULL: refused. */
static const struct {
	const char *name, *plain;
} names[] = {
	/* clang-format off */
	{ "alice",    "alice" },
	{ "",         "" },
	{ "a=2Cb",    "a,b" },
	{ "a=3Db",    "a=b" },
	{ "=3D2C",    "=2C" },
	{ "a,b",      NULL },
	{ "a=b",      NULL },
	{ "a=2c",     NULL },
	{ "a=",       NULL },
	{ "a=2",      NULL },
	/* clang-format on */
};

static bool same(const struct wire_field *f, const char *text)
{
	return f->data != NULL && f->len == strlen(text) &&
	       memcmp(f->data, text, f->len) == 0;
}

int main(void)
{
	for (size_t i = 0; i < COUNT(plains); i++) {
		struct wire_field authzid, user, password;
		const bool taken = sasl_plain(plains[i].data, plains[i].len,
					      &authzid, &user, &password);

		tap(plains[i].user == NULL
			    ? !taken
			    : taken && same(&authzid, plains[i].authzid) &&
				      same(&user, plains[i].user) &&
				      same(&password, plains[i].password),
		    "P7.9: PLAIN, row %zu", i);
	}
	for (size_t i = 0; i < COUNT(tokens); i++) {
		struct wire_field user, token;
		const bool taken =
			tokens[i].bearer
				? sasl_oauthbearer(tokens[i].data,
						   tokens[i].len, &user, &token)
				: sasl_xoauth2(tokens[i].data, tokens[i].len,
					       &user, &token);

		tap(tokens[i].user == NULL
			    ? !taken
			    : taken && same(&user, tokens[i].user) &&
				      same(&token, tokens[i].token),
		    "P7.12: %s \"%s\"",
		    tokens[i].bearer ? "OAUTHBEARER" : "XOAUTH2",
		    tokens[i].data);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *const plain = names[i].plain;
		size_t len = strlen(names[i].name);
		char name[16];
		bool taken;

		memcpy(name, names[i].name, len);
		taken = sasl_saslname(name, &len);
		tap(plain == NULL ? !taken
				  : taken && len == strlen(plain) &&
					    memcmp(name, plain, len) == 0,
		    "P7.12: saslname \"%s\"", names[i].name);
	}
	return tap_done();
}
