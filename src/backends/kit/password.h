/* SPDX-License-Identifier: ISC */
/*
 * Checks a password against the password field of a users file. Only {PLAIN}
 * and its other names are checked here; every hash is left to maildir-crypt.
 */
#ifndef BACKENDS_KIT_PASSWORD_H
#define BACKENDS_KIT_PASSWORD_H

#include <stdbool.h>

enum password_verdict {
	PASSWORD_RIGHT,
	PASSWORD_WRONG,
	PASSWORD_BAD_SCHEME,
	PASSWORD_BAD_HASH,
	PASSWORD_DEAR_HASH,
	PASSWORD_TROUBLE, /* logged */
};

/* Whether there is anything that could be checked: a known scheme and form. */
bool password_checkable(const char *field);

/*
 * How long it takes depends on the field and on the length of the password,
 * not on where the two differ.
 */
enum password_verdict password_check(const char *field, const char *password);

#endif
