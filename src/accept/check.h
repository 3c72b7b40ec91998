/* SPDX-License-Identifier: ISC */
/*
 * --check: whether there would be sessions.
 */
#ifndef ACCEPT_CHECK_H
#define ACCEPT_CHECK_H

#include "accept/options.h"

/*
 * Tells what is amiss: with the options, where `wrong` is a sentence, or with
 * what they name; and has pop3-skel do the same. Returns the exit status.
 */
int check_run(const struct options *, const char *wrong);

#endif
