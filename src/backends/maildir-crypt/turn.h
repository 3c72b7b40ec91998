/* SPDX-License-Identifier: ISC */
/*
 * How many of us make a hash in much memory at a time: one for each processor
 * of this machine, for more of them would be no faster.
 */
#ifndef BACKENDS_MAILDIR_CRYPT_TURN_H
#define BACKENDS_MAILDIR_CRYPT_TURN_H

#include <stdbool.h>

/* Waits for our turn, which lasts until our end. False with errno. */
bool turn_wait(void);

#endif
