/* SPDX-License-Identifier: ISC */
/*
 * The other form of a backend: one that is there before its sessions, and has
 * a process for each of them, which costs a fork and no start.
 */
#ifndef BACKENDS_KIT_LISTEN_H
#define BACKENDS_KIT_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Listens at an absolute path, which is made anew with mode 0660, or, where
 * `path` is "systemd", on the sockets that a service manager passed. Whoever
 * connects and is neither root nor `asker` is closed upon: he could guess
 * passwords without delay.
 *
 * Returns 0 in the process of each session, whose descriptors 0 and 1 are the
 * connection; in the first one after SIGTERM, or with an error, an exit status:
 * sessions go on without it.
 */
int kit_listen(const char *path, uid_t asker);

/* "pop3-skel" or "64" as a uid that may ask: false for nobody's, or none. */
bool kit_asker(const char *name, uid_t *asker);

#endif
