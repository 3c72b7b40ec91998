/* SPDX-License-Identifier: ISC */
/*
 * Checks a password against a users file's `{SCHEME}hash`. Only {PLAIN} and
 * its other names are checked here; every hash is left to maildir-crypt.
 */
#ifndef BACKENDS_MAILDIR_PASSWORD_H
#define BACKENDS_MAILDIR_PASSWORD_H

enum password_scheme {
	PASSWORD_PLAIN, /* {PLAIN} {CLEAR} {CLEARTEXT} */
	PASSWORD_CRYPT, /* crypt(5): the default, and its own names */
	PASSWORD_NONE, /* an entry without one, or locked by `*` or `!` */
	PASSWORD_UNKNOWN,
};

enum password_verdict {
	PASSWORD_RIGHT,
	PASSWORD_WRONG,
	PASSWORD_BAD_HASH,
	PASSWORD_TROUBLE, /* logged */
};

/* What a field asks for; *hash is then its part behind the scheme. */
enum password_scheme password_scheme(const char *field, const char **hash);

/*
 * For the first two schemes alone. How long it takes depends on the hash and
 * on the length of the password, not on where the two differ.
 */
enum password_verdict password_check(enum password_scheme, const char *hash,
				     const char *password);

#endif
