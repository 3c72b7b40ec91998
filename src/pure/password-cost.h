/* SPDX-License-Identifier: ISC */
/*
 * What a hash says that it takes to be made: memory, and work. Pure.
 */
#ifndef PURE_PASSWORD_COST_H
#define PURE_PASSWORD_COST_H

#include <stdbool.h>

/* What may be wrong with the password field of a users file. */
enum password_fault {
	PASSWORD_GOOD,
	PASSWORD_NO_SCHEME, /* none, or an unknown one */
	PASSWORD_MALFORMED,
	PASSWORD_DEAR, /* more memory or work than LIMIT_HASH_... */
};

/* A hash of crypt(5); whether it is one at all is for crypt(3) to say. */
enum password_fault password_cost_crypt(const char *hash);

/* Whether it is one of those that take memory. */
bool password_cost_memory(const char *hash);

/* `$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH`: all of its form. */
enum password_fault password_cost_argon2(const char *hash);

#endif
