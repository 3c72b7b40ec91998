/* SPDX-License-Identifier: ISC */
/*
 * A password against what a users file has of it: all that hashes.
 */
#ifndef BACKENDS_MAILDIR_CRYPT_CHECK_H
#define BACKENDS_MAILDIR_CRYPT_CHECK_H

#include "pure/password-field.h"

enum check_verdict {
	CHECK_MATCH = 0,
	CHECK_DIFFER = 1,
	CHECK_BAD = 2, /* it is no hash that anything here knows */
	CHECK_TROUBLE = 3, /* there is no memory for it */
};

/*
 * How long it takes depends on the hash and on the password's length, not on
 * where the two differ. Leaves nothing behind of either.
 */
enum check_verdict check(const struct password *, const char *password);

#endif
