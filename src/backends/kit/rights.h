/* SPDX-License-Identifier: ISC */
/*
 * What it takes to become whoever has logged in: to be root, and a root whom
 * nobody took these rights. The units give them by the drop-in become.conf.
 */
#ifndef BACKENDS_KIT_RIGHTS_H
#define BACKENDS_KIT_RIGHTS_H

#include <stdbool.h>

/* What the log says behind a failure that comes of their want. */
#define RIGHTS_HINT "see become.conf in pop3-skel-accept(8)"

/* Logs that another user could not be become, and why, by errno. */
void rights_lost(void);

/*
 * Whether another user can be become: one more process tries. With `seen`, also
 * whether what that one runs can be seen, as checkpassword has to.
 */
bool rights_become(bool seen);

/*
 * For hello with the word check, before any login: NULL, or the answer where who
 * has to be root is not, or cannot do so.
 */
const char *rights_check(bool seen);

#endif
