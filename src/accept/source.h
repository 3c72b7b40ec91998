/* SPDX-License-Identifier: ISC */
/*
 * Where connections come from: how many sessions each source has, and how
 * fast it makes new ones. An IPv6 source is its /64, since that much belongs to
 * one customer at least; a unix socket's peer is no source and has no limit.
 * Pure but for the one allocation: time is passed in, in ms of any clock that
 * does not go back.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "address.h"

/* The row of a session without a source, or where nothing is limited. */
#define SOURCE_NONE UINT32_MAX

/* A source is reminded of in the log this often, in ms. */
#define SOURCE_REMINDER 60000

struct sources;

enum source_verdict {
	SOURCE_TAKEN, /* a session more */
	SOURCE_FULL, /* it has all the sessions that one may have */
	SOURCE_FAST, /* it makes more a minute than it may */
};

struct source_answer {
	enum source_verdict verdict;
	uint32_t row; /* SOURCE_TAKEN: to be given back by source_leave */
	/*
	 * Refusals of this source that are to be told now: the first, then
	 * the sum once in SOURCE_REMINDER; else 0.
	 */
	uint64_t tell;
};

/*
 * A table for at most `sessions` sessions at a time, per source
 * `per_source` at a time and `rate` a minute; 0 is no limit. The seed keeps
 * clients from choosing their place in it. Its memory is bounded by `sessions`,
 * and touched as it is used. NULL where there is none.
 */
struct sources *source_table(uint64_t sessions, uint64_t per_source,
			     uint64_t rate, uint64_t seed);
void source_free(struct sources *);

/* Whether a connection from there may become a session, which then counts. */
struct source_answer source_admit(struct sources *, const union address *,
				  int64_t now);

/* A session is over. */
void source_leave(struct sources *, uint32_t row);

#endif
