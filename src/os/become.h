/* SPDX-License-Identifier: ISC */
/*
 * The end of being root, and of being looked into: the only file that changes
 * whose process this is.
 */
#ifndef OS_BECOME_H
#define OS_BECOME_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * This user for good: no groups, this gid, this uid, and nobody's to look into.
 * False, with errno, where the system refuses; then this process may be neither
 * and has to end. The caller sees to it that neither is 0.
 */
bool become_user(uid_t, gid_t);

/* Drops the groups beside the gid, as root; false with errno. */
bool become_without_groups(void);

/*
 * No other process of the same user looks into this one, for it is another
 * session. First of all in each program.
 */
bool become_private(void);

/* Whether no program that this process starts is root, setuid or not. */
bool become_never_root(void);

#endif
