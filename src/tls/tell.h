/* SPDX-License-Identifier: ISC */
/*
 * What pop3-skel-tls tells the log, and how often: nobody outside makes it
 * flood. Times are ms of CLOCK_MONOTONIC; 0 is never.
 */
#ifndef TLS_TELL_H
#define TLS_TELL_H

#include <stdint.h>

#include "os/stay.h"
#include "pure/address.h"
#include "pure/per-source.h"

/* All zero at first. */
struct told {
	int64_t full, trouble;
	struct stay_lines clients;
};

/* Accepting fails, or pop3-skel is not there: what, and why. */
void tell_trouble(struct told *, int64_t now, const char *what,
		  const char *error);

/* A client with whom there is no TLS, or that was not taken. */
void tell_client(struct told *, int64_t now, const union address *from,
		 const char *why, const char *error);
void tell_source(struct told *, int64_t now, const union address *from,
		 const struct per_source_answer *);

/* All sessions are taken. */
void tell_full(struct told *, int64_t now, uint64_t sessions);

#endif
