/* SPDX-License-Identifier: ISC */
/*
 * The locks of one session: flock(2), each held by a descriptor, from the
 * moment that the backend names it until it is let go.
 */
#ifndef MAILDROP_LOCK_H
#define MAILDROP_LOCK_H

#include <stdint.h>

#include "os/wait.h"
#include "pure/limit.h"

/* All zero at the start. */
struct locks {
	unsigned count;
	int held[LIMIT_LOCKS];
};

/*
 * Takes one more, on a path; none where it is one of ours. Another's is waited
 * for, wait_ms at most, since that one may be ending just now; the backend's
 * deadline stands still meanwhile. 0, or -errno as file_lock: -EWOULDBLOCK
 * where another has it; -ENOLCK where there are LIMIT_LOCKS of them; where the
 * wait ended with the session -ECANCELED, with the backend's process -ECHILD,
 * and with a resident backend, which has none, -EPIPE.
 */
int lock_take(struct locks *, const char *path, int64_t wait_ms, struct io *,
	      struct process *backend);

/*
 * What is wrong with the backend's answer, of another error of lock_take's; and
 * where that does not say why, the system's word for it.
 */
const char *lock_wrong(int error, const char **why);

/* Lets go of all but the first `keep` ones. */
void lock_free(struct locks *, unsigned keep);

#endif
