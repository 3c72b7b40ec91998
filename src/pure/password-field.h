/* SPDX-License-Identifier: ISC */
/*
 * The password field of a users file, as Dovecot's passwd-file has it:
 * `{SCHEME}hash`, `{SCHEME.hex}hash` or a hash of crypt(5) alone. What it asks
 * for is told here; nothing is hashed. Pure.
 */
#ifndef PURE_PASSWORD_FIELD_H
#define PURE_PASSWORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/password-cost.h"

/* A line of the file, its LF included; no field is longer. */
#define PASSWORD_ROOM 8192

enum password_kind {
	PASSWORD_PLAIN, /* the password itself */
	PASSWORD_CRYPT, /* crypt(5): what is no other */
	PASSWORD_DIGEST, /* of the password, and the salt behind it */
	PASSWORD_CRAM, /* HMAC-MD5, stopped behind its two keys */
	PASSWORD_PBKDF2,
	PASSWORD_SCRAM, /* RFC 5802 */
	PASSWORD_ARGON2,
	PASSWORD_NONE, /* an entry without one, or locked by `*` or `!` */
	PASSWORD_UNKNOWN,
};

enum password_hash {
	HASH_NONE,
	HASH_MD4,
	HASH_MD5,
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA512,
};

/* Holds a secret. Pointers are into `room`. */
struct password {
	enum password_kind kind;
	enum password_hash hash;
	/* PLAIN, CRYPT, ARGON2: all of it. */
	const char *text;
	/* DIGEST, CRAM, PBKDF2; of SCRAM the StoredKey, and the ServerKey. */
	const uint8_t *digest, *server;
	size_t digest_len; /* of either */
	const uint8_t *salt;
	size_t salt_len;
	uint32_t rounds; /* PBKDF2, SCRAM */
	size_t used; /* of the room */
	char room[PASSWORD_ROOM];
};

/* What a field asks for, by its scheme and first octet alone. */
enum password_kind password_kind(const char *field);

/* Takes all of it apart. Of a fault `kind` alone is told. */
enum password_fault password_parse(struct password *, const char *field);

/* Overwrites what was taken apart, or in part. */
void password_forget(struct password *);

/*
 * Whether the hash of one that was taken apart is made in much memory, up to
 * LIMIT_HASH_KIB: few such are to be checked at a time.
 */
bool password_large(const struct password *);

#endif
