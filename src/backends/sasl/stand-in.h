/* SPDX-License-Identifier: ISC */
/*
 * What a client is told of a user who is not there, or who has no line that a
 * mechanism could use: what it would be told of one who is. The salt is made of
 * the name and a key, and so stays the same; it serves users with {PLAIN}, too,
 * who have none of their own.
 */
#ifndef BACKENDS_SASL_STAND_IN_H
#define BACKENDS_SASL_STAND_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No users file has a longer salt, or it stands for none. */
#define STAND_IN_SALT 64

struct stand_in {
	uint8_t key[32];
};

/* The key is what the file has, whatever that is. False, with errno. */
bool stand_in_key(struct stand_in *, const char *path);

/* `len` octets of salt for this name, in whatever letters, and a hash. */
void stand_in_salt(const struct stand_in *, const char *name, size_t name_len,
		   uint8_t hash, uint8_t *salt, size_t len);

#endif
