/* SPDX-License-Identifier: ISC */
/*
 * The environment of the backend, as pop3-skel-backend(7) promises it.
 */
#ifndef PROTOCOL_ENVIRONMENT_H
#define PROTOCOL_ENVIRONMENT_H

#include <stdint.h>

#include "protocol/channel.h"
#include "pure/address.h"

/*
 * What was inherited, less what tells of a connection, plus what we tell; the
 * timeout is in seconds, features are words. It is in the room, of so many octets
 * and aligned as a pointer is, or else one allocation, which environment_free
 * knows by that; NULL where there is no memory. No string that a client chose
 * is in it, and no secret.
 */
char **environment_make(const struct peer *, const char *session_id,
			uint64_t backend_timeout, const char *features,
			void *room, size_t size);
void environment_free(char **, const void *room);

/* The exit status where a login failed: $POP3_SKEL_FAILED, or 0. */
int environment_failed(void);

/*
 * Starts a backend, whose argv this is: a name with a slash is a path; another
 * is looked for among the installed ones, then in PATH. 0 or -errno.
 */
int environment_start(struct channel *, struct io *,
		      const char *const backend[], char **env, uint64_t timeout,
		      char path[LIMIT_PATH]);

#endif
