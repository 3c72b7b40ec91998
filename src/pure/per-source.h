/* SPDX-License-Identifier: ISC */
/*
 * Where connections come from: how many sessions each source has, how fast it
 * makes new ones, and in how many of them a login fails. An IPv6 source is its /64, since that much belongs to
 * one customer at least; a unix socket's peer is no source and has no limit.
 * Pure: time is passed in, in ms of any clock that does not go back, and so is
 * the memory.
 */
#ifndef PURE_PER_SOURCE_H
#define PURE_PER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/address.h"

/* The row of a session without a source, or where nothing is limited. */
#define PER_SOURCE_NONE UINT32_MAX

/* A source is reminded of in the log this often, in ms. */
#define PER_SOURCE_REMINDER 60000

struct per_source;

enum per_source_verdict {
	PER_SOURCE_TAKEN, /* a session more */
	PER_SOURCE_FULL, /* it has all the sessions that one may have */
	PER_SOURCE_FAST, /* it makes more a minute than it may */
	PER_SOURCE_LATER, /* logins fail there: it waits for its turn */
};

struct per_source_answer {
	enum per_source_verdict verdict;
	/*
	 * PER_SOURCE_TAKEN: to be given back by per_source_leave. PER_SOURCE_LATER: for
	 * per_source_turn, per_source_give_up or per_source_deny.
	 */
	uint32_t row;
	/*
	 * Clients of this source that are to be told of now, for they were not
	 * taken: the first, then the sum once in PER_SOURCE_REMINDER; else 0.
	 */
	uint64_t tell;
};

struct per_source_limits {
	uint64_t
		per_source; /* sessions at a time, those that wait among them */
	uint64_t rate; /* sessions a minute */
	uint64_t failures; /* sessions a minute in which a login failed */
};

/* How many octets a table for at most `sessions` sessions at a time takes. */
size_t per_source_octets(uint64_t sessions);

/*
 * Makes one of so many octets, all of them 0 and aligned for anything, with
 * these limits for each source; 0 is no limit. The seed keeps clients from
 * choosing their place in it. Most of its memory is touched as it is used.
 */
struct per_source *per_source_table(void *memory, uint64_t sessions,
				    const struct per_source_limits *,
				    uint64_t seed);

/* Whether a connection from there may become a session, which then counts. */
struct per_source_answer per_source_admit(struct per_source *,
					  const union address *, int64_t now);

/* Whether the turn of one that waits has come; then it is a session. */
bool per_source_turn(struct per_source *, uint32_t row, int64_t now);

/* One that waited does not any more: it is gone, or there is no room for it. */
void per_source_give_up(struct per_source *, uint32_t row);
struct per_source_answer per_source_deny(struct per_source *, uint32_t row,
					 int64_t now);

/* A session is over; in it a login failed, or not. */
void per_source_leave(struct per_source *, uint32_t row, bool failed,
		      int64_t now);

#endif
