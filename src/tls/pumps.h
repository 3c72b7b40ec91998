/* SPDX-License-Identifier: ISC */
/*
 * All connections, in the order in which they came, and those of them that have
 * something to do.
 */
#ifndef TLS_PUMPS_H
#define TLS_PUMPS_H

#include "tls/pump.h"

struct pumps {
	struct pump *first, *last;
	struct pump *turns, *turns_last;
	uint64_t count; /* of those that were not handed over ... */
	uint64_t handed; /* ... and of the others */
};

/* A new one; NULL where there is no memory. An fd of -1 is none. */
struct pump *pumps_new(struct pumps *, int client, int server, bool handed);

/* It has something to do; once, however often this is said. */
void pumps_queue(struct pumps *, struct pump *);

/* It is over: it is freed, and must not be queued. */
void pumps_end(struct pumps *, struct pump *);

#endif
