/* SPDX-License-Identifier: ISC */
/* src/pure/password-field.c and password-cost.c: what a users file asks for. */
#include <stdlib.h>
#include <string.h>

#include "pure/password-field.h"
#include "tap.h"

static struct password w;

/* clang-format off */
static const struct {
	const char *field;
	enum password_kind kind;
	enum password_fault fault;
	enum password_hash hash;
	size_t digest, salt; /* octets */
	uint32_t rounds;
} fields[] = {
	{ "{PLAIN}x", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{plain}x", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{CLEAR}x", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{CLEARTEXT}x", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{PLAIN}{PLAIN}x", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{PLAIN}*", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{PLAIN}!x", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{PLAIN.HEX}78", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{PLAIN.hex}7", PASSWORD_PLAIN, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PLAIN.hex}7g", PASSWORD_PLAIN, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PLAIN.hex}780078", PASSWORD_PLAIN, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PLAIN.b64}eA==", PASSWORD_PLAIN, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{PLAIN.b64}eA=", PASSWORD_PLAIN, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PLAIN.b64}AAAA", PASSWORD_PLAIN, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{CRYPT}$6$x", PASSWORD_CRYPT, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "$6$x", PASSWORD_CRYPT, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "x", PASSWORD_CRYPT, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{SHA512-CRYPT}x", PASSWORD_CRYPT, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{CRYPT.b64}JDYkeA==", PASSWORD_CRYPT, PASSWORD_GOOD, 0, 0, 0, 0 },
	{ "{MD5}$1$x", PASSWORD_CRYPT, PASSWORD_GOOD, 0, 0, 0, 0 },
	/* Nobody's. */
	{ "{PLAIN}", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{CRYPT}", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{CRYPT}*", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{SSHA}", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{SSHA}!x", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "*", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "!$6$x", PASSWORD_NONE, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	/* Unknown. */
	{ "{", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{.}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{.hex}78", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{PLAIN.}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{PLAIN.hexx}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{PLAIN", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{PLAINX}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{PLAI}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	{ "{DIGEST-MD5}x", PASSWORD_UNKNOWN, PASSWORD_NO_SCHEME, 0, 0, 0, 0 },
	/* Digests, whose length tells how they are written, and salts. */
	{ "{PLAIN-MD5}54ef36ec71201fdf9d1423fd26f97f6b",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_MD5, 16, 0, 0 },
	{ "{PLAIN-MD5}VO827HEgH9+dFCP9Jvl/aw==",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_MD5, 16, 0, 0 },
	{ "{MD5}54EF36EC71201FDF9D1423FD26F97F6B",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_MD5, 16, 0, 0 },
	{ "{PLAIN-MD5}54ef36ec71201fdf9d1423fd26f97f6",
	  PASSWORD_DIGEST, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PLAIN-MD5.hex}VO827HEgH9+dFCP9Jvl/aw==",
	  PASSWORD_DIGEST, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SHA}W8r/fyL/UzygmbNAjq2HbA67qac=",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_SHA1, 20, 0, 0 },
	{ "{SHA256}W8r/fyL/UzygmbNAjq2HbA67qac=",
	  PASSWORD_DIGEST, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SSHA}W8r/fyL/UzygmbNAjq2HbA67qac=",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_SHA1, 20, 0, 0 },
	{ "{SSHA}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_SHA1, 20, 4, 0 },
	{ "{ssha.HEX}4caaedffa81e722a9c307d35392b798d618348e18b9db604",
	  PASSWORD_DIGEST, PASSWORD_GOOD, HASH_SHA1, 20, 4, 0 },
	{ "{SSHA}AAAA", PASSWORD_DIGEST, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SSHA}x", PASSWORD_DIGEST, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SSHA512}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC",
	  PASSWORD_DIGEST, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{CRAM-MD5}12281dc9abf5f963381bf4696f1b0720"
	  "b2a7673a54d908a267593ad49895baf5",
	  PASSWORD_CRAM, PASSWORD_GOOD, HASH_MD5, 32, 0, 0 },
	{ "{CRAM-MD5}12281dc9abf5f963381bf4696f1b0720",
	  PASSWORD_CRAM, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PBKDF2}$1$WlqP$5000$cc434f0d956c231564ddac51ff70069d8c4422d1",
	  PASSWORD_PBKDF2, PASSWORD_GOOD, HASH_SHA1, 20, 4, 5000 },
	{ "{PBKDF2}$1$$1$cc434f0d956c231564ddac51ff70069d8c4422d1",
	  PASSWORD_PBKDF2, PASSWORD_GOOD, HASH_SHA1, 20, 0, 1 },
	{ "{PBKDF2}$1$x$0$cc434f0d956c231564ddac51ff70069d8c4422d1",
	  PASSWORD_PBKDF2, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PBKDF2}$1$x$10000001$cc434f0d956c231564ddac51ff70069d8c4422d1",
	  PASSWORD_PBKDF2, PASSWORD_DEAR, 0, 0, 0, 0 },
	{ "{PBKDF2}$1$x$5000$cc434f0d956c231564ddac51ff70069d8c4422",
	  PASSWORD_PBKDF2, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PBKDF2}$1$x$5000", PASSWORD_PBKDF2, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PBKDF2}$1$x", PASSWORD_PBKDF2, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{PBKDF2}$2$x$1$00", PASSWORD_PBKDF2, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SCRAM-SHA-1}4096,Bx2lxYwzEYobP9he/6zAtA==,"
	  "c+w/cyUExF9GDV3JpnnF7pDuu3U=,azLrvdt1VHVleHVEuwNq4Uxwq5U=",
	  PASSWORD_SCRAM, PASSWORD_GOOD, HASH_SHA1, 20, 16, 4096 },
	{ "{SCRAM-SHA-256}4096,Bx2lxYwzEYobP9he/6zAtA==,"
	  "c+w/cyUExF9GDV3JpnnF7pDuu3U=,azLrvdt1VHVleHVEuwNq4Uxwq5U=",
	  PASSWORD_SCRAM, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SCRAM-SHA-1}10000001,Bx2lxYwzEYobP9he/6zAtA==,"
	  "c+w/cyUExF9GDV3JpnnF7pDuu3U=,azLrvdt1VHVleHVEuwNq4Uxwq5U=",
	  PASSWORD_SCRAM, PASSWORD_DEAR, 0, 0, 0, 0 },
	{ "{SCRAM-SHA-1}4096,,"
	  "c+w/cyUExF9GDV3JpnnF7pDuu3U=,azLrvdt1VHVleHVEuwNq4Uxwq5U=",
	  PASSWORD_SCRAM, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SCRAM-SHA-1}4096,Bx2lxYwzEYobP9he/6zAtA==,"
	  "c+w/cyUExF9GDV3JpnnF7pDuu3U=", PASSWORD_SCRAM, PASSWORD_MALFORMED,
	  0, 0, 0, 0 },
	{ "{SCRAM-SHA-1}4096", PASSWORD_SCRAM, PASSWORD_MALFORMED, 0, 0, 0, 0 },
	{ "{SCRAM-SHA-1},,,", PASSWORD_SCRAM, PASSWORD_MALFORMED, 0, 0, 0, 0 },
};

/* What a hash of argon2 or crypt(5) may ask for, and its form. */
#define SALT "$c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdA"
static const struct {
	const char *field;
	enum password_fault fault;
	bool large;
} costs[] = {
	{ "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1" SALT,
	  PASSWORD_GOOD, true },
	{ "{ARGON2ID}$argon2i$v=19$m=8,t=1,p=1" SALT, PASSWORD_GOOD, true },
	{ "{ARGON2I}$argon2id$v=19$m=262144,t=16,p=4" SALT,
	  PASSWORD_GOOD, true },
	{ "{ARGON2I}$argon2i$v=19$m=262145,t=1,p=1" SALT, PASSWORD_DEAR, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=4194304,t=1,p=1" SALT, PASSWORD_DEAR, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=262144,t=17,p=1" SALT, PASSWORD_DEAR, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=8,t=18446744073709551615,p=1" SALT,
	  PASSWORD_DEAR, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=18446744073709551616,t=1,p=1" SALT,
	  PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=0,t=1,p=1" SALT, PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$v=16$m=8,t=1,p=1" SALT, PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$m=8,t=1,p=1" SALT, PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2d$v=19$m=8,t=1,p=1" SALT, PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=8,t=1" SALT, PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=8,t=1,p=1", PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=8,t=1,p=1$c2Fs$c2Fs",
	  PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$v=19$m=8,t=1,p=1" SALT "=",
	  PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}$argon2i$", PASSWORD_MALFORMED, 0 },
	{ "{ARGON2I}x", PASSWORD_MALFORMED, 0 },
	/* N of 2^12 (9) and r of 32 (T): 16 MiB, as mkpasswd has it. */
	{ "$y$j9T$salt$hash", PASSWORD_GOOD, true },
	{ "{CRYPT}$gy$j9T$salt$hash", PASSWORD_GOOD, true },
	{ "$y$j75$salt$hash", PASSWORD_GOOD, true },
	/* 2^16 times 32: 256 MiB, which mkpasswd -R 9 has; and twice that. */
	{ "$y$jDT$salt$hash", PASSWORD_GOOD, true },
	{ "$y$jET$salt$hash", PASSWORD_DEAR, 0 },
	/* A large r, of two digits, and one of more. */
	{ "$y$j.k.$salt$hash", PASSWORD_GOOD, true },
	{ "$y$j9k.$salt$hash", PASSWORD_GOOD, true },
	{ "$y$j9r.$salt$hash", PASSWORD_GOOD, true },
	{ "$y$jCr.$salt$hash", PASSWORD_DEAR, 0 },
	{ "$y$j9zzz$salt$hash", PASSWORD_MALFORMED, 0 },
	/* More passes, or lanes. */
	{ "$y$j9T0.$salt$hash", PASSWORD_DEAR, 0 },
	{ "$y$jzT$salt$hash", PASSWORD_MALFORMED, 0 },
	{ "$y$", PASSWORD_MALFORMED, 0 },
	{ "$y$j", PASSWORD_MALFORMED, 0 },
	{ "$y$j9", PASSWORD_MALFORMED, 0 },
	{ "$y$jk", PASSWORD_MALFORMED, 0 },
	{ "$y$j9T", PASSWORD_DEAR, 0 },
	/* 2^14 (C) and 32 (U....): 64 MiB; and 2^17 (F). */
	{ "$7$CU..../....salt$hash", PASSWORD_GOOD, true },
	{ "$7$FU..../....salt$hash", PASSWORD_DEAR, 0 },
	{ "$7$CU....zzzzzsalt$hash", PASSWORD_DEAR, 0 },
	{ "$7$Czzzzz/....salt$hash", PASSWORD_DEAR, 0 },
	{ "$7$CU....", PASSWORD_MALFORMED, 0 },
	{ "$7$C", PASSWORD_MALFORMED, 0 },
	{ "$7$", PASSWORD_MALFORMED, 0 },
	/* What takes no memory, and time alone. */
	{ "$6$rounds=10000000$x", PASSWORD_GOOD, false },
	{ "$6$rounds=10000001$x", PASSWORD_DEAR, 0 },
	{ "$6$rounds=999999999$x", PASSWORD_DEAR, 0 },
	{ "$6$rounds=99999999999999999999$x", PASSWORD_MALFORMED, 0 },
	{ "$6$rounds=$x", PASSWORD_MALFORMED, 0 },
	{ "$6$salt$x", PASSWORD_GOOD, false },
	{ "{SHA256-CRYPT}$5$rounds=10000001$x", PASSWORD_DEAR, 0 },
	{ "$sha1$10000000$x", PASSWORD_GOOD, false },
	{ "$sha1$4294967295$x", PASSWORD_DEAR, 0 },
	{ "$md5,rounds=2500000$x", PASSWORD_GOOD, false },
	{ "$md5,rounds=2500001$x", PASSWORD_DEAR, 0 },
	{ "$md5$rounds=2500001$x", PASSWORD_DEAR, 0 },
	{ "$md5$x", PASSWORD_GOOD, false },
	{ "{BLF-CRYPT}$2y$16$x", PASSWORD_GOOD, false },
	{ "{BLF-CRYPT}$2y$17$x", PASSWORD_DEAR, 0 },
	{ "$2b$31$x", PASSWORD_DEAR, 0 },
	{ "$2a$4$x", PASSWORD_MALFORMED, 0 },
	{ "$2y$32$x", PASSWORD_MALFORMED, 0 },
	{ "$2b$", PASSWORD_MALFORMED, 0 },
	{ "$2", PASSWORD_GOOD, false },
	{ "$2b", PASSWORD_GOOD, false },
	/* Whether it is one is crypt(3)'s to judge. */
	{ "$9$x", PASSWORD_GOOD, false },
	{ "{PLAIN}$y$zzz", PASSWORD_GOOD, false },
	{ "{SHA}W8r/fyL/UzygmbNAjq2HbA67qac=", PASSWORD_GOOD, false },
};
/* clang-format on */

static void test_fields(void)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		const bool good = fields[i].fault == PASSWORD_GOOD;
		const enum password_fault fault =
			password_parse(&w, fields[i].field);

		tap(fault == fields[i].fault && w.kind == fields[i].kind &&
			    password_kind(fields[i].field) == fields[i].kind,
		    "%s", fields[i].field);
		if (good && fields[i].digest > 0)
			tap(w.hash == fields[i].hash &&
				    w.digest_len == fields[i].digest &&
				    w.salt_len == fields[i].salt &&
				    w.rounds == fields[i].rounds,
			    "... its parts");
		password_forget(&w);
	}
}

static void test_costs(void)
{
	for (size_t i = 0; i < COUNT(costs); i++) {
		const enum password_fault fault =
			password_parse(&w, costs[i].field);

		tap(fault == costs[i].fault &&
			    (fault != PASSWORD_GOOD ||
			     password_large(&w) == costs[i].large),
		    "%s", costs[i].field);
	}
}

/* What was decoded is right, wherever it stands. */
static void test_octets(void)
{
	static const uint8_t octets[] = { 0x5b, 0xca, 0xff, 0x7f };
	static const char zero[PASSWORD_ROOM];

	tap(password_parse(&w, "{SHA}W8r/fyL/UzygmbNAjq2HbA67qac=") ==
			    PASSWORD_GOOD &&
		    memcmp(w.digest, octets, sizeof(octets)) == 0,
	    "a digest in base64");
	tap(password_parse(&w, "{PBKDF2}$1$ab$7$5bcaff7f5bcaff7f5bcaff7f5bcaff7"
			       "f5bcaff7f") == PASSWORD_GOOD &&
		    memcmp(w.digest, octets, sizeof(octets)) == 0 &&
		    memcmp(w.salt, "ab", 2) == 0,
	    "a digest behind a salt");
	tap(password_parse(&w,
			   "{SCRAM-SHA-1}1,YWI=,"
			   "W8r/fyL/UzygmbNAjq2HbA67qac=,"
			   "azLrvdt1VHVleHVEuwNq4Uxwq5U=") == PASSWORD_GOOD &&
		    memcmp(w.salt, "ab", 2) == 0 &&
		    memcmp(w.digest, octets, sizeof(octets)) == 0 &&
		    w.server[0] == 0x6b && w.server[19] == 0x95,
	    "the keys of SCRAM");
	password_forget(&w);
	tap(memcmp(w.room, zero, sizeof(zero)) == 0, "and nothing is left");
	tap(password_parse(&w, "{PLAIN}x") == PASSWORD_GOOD &&
		    strcmp(w.text, "x") == 0,
	    "a password");
}

static void test_lengths(void)
{
	static char field[3 * PASSWORD_ROOM];

	for (size_t n = PASSWORD_ROOM - 2; n < PASSWORD_ROOM + 2; n++) {
		memset(field, 'x', 7 + n);
		memcpy(field, "{PLAIN}", 7);
		field[7 + n] = '\0';
		tap(password_parse(&w, field) == (n < PASSWORD_ROOM
							  ? PASSWORD_GOOD
							  : PASSWORD_MALFORMED),
		    "a password of %zu octets", n);
	}
}

int main(void)
{
	test_octets();
	test_fields();
	test_costs();
	test_lengths();
	return tap_done();
}
