/* SPDX-License-Identifier: ISC */
/*
 * Clients that were accepted and wait for their turn, with no process yet:
 * those of sources whose logins fail.
 */
#ifndef ACCEPT_WAITING_H
#define ACCEPT_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/address.h"
#include "pure/per-source.h"

enum {
	/* So many at a time: fewer than the rows that a table has to spare. */
	WAITING_MOST = 100,
};

struct client {
	int fd; /* -1 for none */
	union address from;
	bool proxied; /* a PROXY header comes first */
	uint32_t row; /* of its source */
};

struct waiting {
	struct client list[WAITING_MOST]; /* who came first is first */
	size_t count;
};

/* False where there is no room, or no descriptor to spare. */
bool waiting_add(struct waiting *, const struct client *);

/*
 * Takes out the first whose turn it is; its session counts from now on. Those
 * that are gone meanwhile are dropped. False where it is nobody's turn.
 */
bool waiting_take(struct waiting *, struct per_source *, int64_t now,
		  struct client *);

/* Closes them all. */
void waiting_close(struct waiting *, struct per_source *);

#endif
