/* SPDX-License-Identifier: ISC */
/*
 * Where connections come from: how many sessions each source has, how fast it
 * makes new ones, and in how many of them a login fails. An IPv6 source is its /64, since that much belongs to
 * one customer at least; a unix socket's peer is no source and has no limit.
 * Pure but for the one allocation: time is passed in, in ms of any clock that
 * does not go back.
 */
#ifndef ACCEPT_PER_SOURCE_H
#define ACCEPT_PER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/address.h"

/* The row of a session without a source, or where nothing is limited. */
#define SOURCE_NONE UINT32_MAX

/* A source is reminded of in the log this often, in ms. */
#define SOURCE_REMINDER 60000

struct sources;

enum source_verdict {
	SOURCE_TAKEN, /* a session more */
	SOURCE_FULL, /* it has all the sessions that one may have */
	SOURCE_FAST, /* it makes more a minute than it may */
	SOURCE_LATER, /* logins fail there: it waits for its turn */
};

struct source_answer {
	enum source_verdict verdict;
	/*
	 * SOURCE_TAKEN: to be given back by source_leave. SOURCE_LATER: for
	 * source_turn, source_give_up or source_deny.
	 */
	uint32_t row;
	/*
	 * Clients of this source that are to be told of now, for they were not
	 * taken: the first, then the sum once in SOURCE_REMINDER; else 0.
	 */
	uint64_t tell;
};

struct source_limits {
	uint64_t
		per_source; /* sessions at a time, those that wait among them */
	uint64_t rate; /* sessions a minute */
	uint64_t failures; /* sessions a minute in which a login failed */
};

/*
 * A table for at most `sessions` sessions at a time, with these limits for each
 * source; 0 is no limit. The seed keeps
 * clients from choosing their place in it. Its memory is bounded by `sessions`,
 * and touched as it is used. NULL where there is none.
 */
struct sources *source_table(uint64_t sessions, const struct source_limits *,
			     uint64_t seed);
void source_free(struct sources *);

/* Whether a connection from there may become a session, which then counts. */
struct source_answer source_admit(struct sources *, const union address *,
				  int64_t now);

/* Whether the turn of one that waits has come; then it is a session. */
bool source_turn(struct sources *, uint32_t row, int64_t now);

/* One that waited does not any more: it is gone, or there is no room for it. */
void source_give_up(struct sources *, uint32_t row);
struct source_answer source_deny(struct sources *, uint32_t row, int64_t now);

/* A session is over; in it a login failed, or not. */
void source_leave(struct sources *, uint32_t row, bool failed, int64_t now);

#endif
