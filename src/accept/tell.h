/* SPDX-License-Identifier: ISC */
/*
 * What the accept loop tells the log, and how often: nobody outside makes it
 * flood. Times are ms of CLOCK_MONOTONIC; 0 is never.
 */
#ifndef ACCEPT_TELL_H
#define ACCEPT_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "accept/sessions.h"
#include "accept/waiting.h"
#include "os/stay.h"
#include "pure/per-source.h"

/* All zero at first. */
struct told {
	int64_t full, trouble, recovered;
	struct stay_lines sources;
};

/* Accepting or starting fails: what, and why. It may go on with each client. */
void tell_trouble(struct told *, int64_t now, const char *what,
		  const char *error, uint64_t sessions);
void tell_recovered(struct told *, int64_t now);

/* A client was not taken; or `waits`, for it is not taken yet. */
void tell_source(struct told *, int64_t now, const struct client *,
		 const struct per_source_answer *, bool waits);

/* All sessions are taken. False where that was told a while ago. */
bool tell_full(struct told *, int64_t now, uint64_t sessions, uint64_t silent);

void tell_killed(const struct session_end *);
/* left: sessions that live on. */
void tell_ended(const char *why, uint64_t served, size_t left);

#endif
