/* SPDX-License-Identifier: ISC */
#include "pure/per-source.h"

#include <string.h>

/* Sources without a session that are remembered, for their rate. */
enum { REMEMBERED = 1024 };

/*
 * What one connection costs, and one whose login failed: with a rate of n, n
 * come back in a minute.
 */
enum { COST = 60000 };

/* Minutes in which a source is back, however many logins failed at once. */
enum { FORGIVEN = 5 };

struct row {
	uint64_t key;
	uint32_t next; /* in its chain, PER_SOURCE_NONE ends it */
	uint32_t sessions, waiting;
	uint64_t credit; /* for connections */
	int64_t trust; /* for failures; those of one moment may overdraw it */
	int64_t seen; /* when both were right */
	uint64_t refused; /* not told yet */
	int64_t told;
};

struct per_source {
	struct per_source_limits limits;
	uint64_t seed;
	uint32_t used, room; /* rows */
	uint32_t hand; /* where the search for a row to forget goes on */
	unsigned shift; /* hash to chain */
	uint32_t *chains; /* first row of each */
	struct row rows[];
};

/* The chains for so many rows: a power of two, given as its exponent. */
static unsigned chain_bits(size_t rows)
{
	unsigned bits = 1;

	while ((size_t)1 << bits < rows)
		bits++;
	return bits;
}

size_t per_source_octets(uint64_t sessions)
{
	const size_t rows = sessions + REMEMBERED;

	return sizeof(struct per_source) + rows * sizeof(struct row) +
	       (sizeof(uint32_t) << chain_bits(rows));
}

struct per_source *per_source_table(void *memory, uint64_t sessions,
				    const struct per_source_limits *limits,
				    uint64_t seed)
{
	const size_t rows = sessions + REMEMBERED;
	const unsigned bits = chain_bits(rows);
	struct per_source *const s = memory;

	s->chains = (uint32_t *)(s->rows + rows);
	memset(s->chains, 0xff, sizeof(s->chains[0]) << bits);
	s->limits = *limits;
	s->seed = seed | 1;
	s->room = (uint32_t)rows;
	s->shift = 64 - bits;
	return s;
}

/* False where it is no source. */
static bool key_of(const union address *a, uint64_t *key)
{
	const unsigned char *octets;
	uint64_t sum = 0;
	int n = 4;

	if (a->any.sa_family == AF_INET) {
		octets = (const unsigned char *)&a->v4.sin_addr;
	} else if (a->any.sa_family != AF_INET6) {
		return false;
	} else if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr)) {
		octets = a->v6.sin6_addr.s6_addr + 12;
	} else {
		octets = a->v6.sin6_addr.s6_addr;
		n = 8;
	}
	for (int i = 0; i < n; i++)
		sum = sum << 8 | octets[i];
	/* ::/32 is nobody's: there IPv4 has room. */
	*key = sum;
	return true;
}

/* Multiplication by a secret odd number: chains stay short. */
static uint32_t *chain_of(struct per_source *s, uint64_t key)
{
	return &s->chains[(key * s->seed ^ key * s->seed >> 32) * s->seed >>
			  s->shift];
}

/*
 * Takes a row without sessions out of its chain; there always is one. The hand
 * goes on, so that a row that was taken anew is the last to be taken again.
 */
static uint32_t forget(struct per_source *s)
{
	uint32_t *link, at;

	do {
		at = s->hand;
		s->hand = (at + 1) % s->room;
	} while (s->rows[at].sessions + s->rows[at].waiting > 0);
	link = chain_of(s, s->rows[at].key);
	while (*link != at)
		link = &s->rows[*link].next;
	*link = s->rows[at].next;
	return at;
}

/* The row of this source, a new one where there is none yet. */
static struct row *find(struct per_source *s, uint64_t key, int64_t now)
{
	uint32_t *const chain = chain_of(s, key);
	uint32_t at;

	for (at = *chain; at != PER_SOURCE_NONE; at = s->rows[at].next)
		if (s->rows[at].key == key)
			return &s->rows[at];
	at = s->used < s->room ? s->used++ : forget(s);
	s->rows[at] = (struct row){
		.key = key,
		.next = *chain,
		.credit = s->limits.rate * COST,
		.trust = (int64_t)s->limits.failures * COST,
		.seen = now,
		.told = now - PER_SOURCE_REMINDER,
	};
	*chain = at;
	return &s->rows[at];
}

static struct per_source_answer
refuse(struct row *row, enum per_source_verdict verdict, int64_t now)
{
	struct per_source_answer answer = { verdict, PER_SOURCE_NONE, 0 };

	row->refused++;
	if (now - row->told >= PER_SOURCE_REMINDER) {
		answer.tell = row->refused;
		row->refused = 0;
		row->told = now;
	}
	return answer;
}

/* What time has given back. */
static void refill(const struct per_source *s, struct row *row, int64_t now)
{
	const uint64_t ms = (uint64_t)(now - row->seen);
	const uint64_t most = s->limits.rate * COST;
	const int64_t full = (int64_t)s->limits.failures * COST;

	row->credit += ms * s->limits.rate;
	if (row->credit > most)
		row->credit = most;
	row->trust += (int64_t)(ms * s->limits.failures);
	if (row->trust > full)
		row->trust = full;
	row->seen = now;
}

/*
 * A source without failures has no limit here. With some, each session that
 * it has is thought to fail as well, so that many at once gain nothing.
 */
static bool trusted(const struct per_source *s, const struct row *row)
{
	return row->trust == (int64_t)s->limits.failures * COST ||
	       row->trust >= ((int64_t)row->sessions + 1) * COST;
}

struct per_source_answer per_source_admit(struct per_source *s,
					  const union address *a, int64_t now)
{
	struct per_source_answer taken = { PER_SOURCE_TAKEN, PER_SOURCE_NONE,
					   0 };
	const struct per_source_limits *const limits = &s->limits;
	struct row *row;
	uint64_t key;

	if ((limits->per_source == 0 && limits->rate == 0 &&
	     limits->failures == 0) ||
	    !key_of(a, &key))
		return taken;
	row = find(s, key, now);
	refill(s, row, now);
	if (limits->per_source > 0 &&
	    row->sessions + row->waiting >= limits->per_source)
		return refuse(row, PER_SOURCE_FULL, now);
	if (limits->rate > 0) {
		if (row->credit < COST)
			return refuse(row, PER_SOURCE_FAST, now);
		row->credit -= COST;
	}
	if (row->waiting > 0 || !trusted(s, row)) {
		taken = refuse(row, PER_SOURCE_LATER, now);
		row->waiting++;
	} else {
		row->sessions++;
	}
	taken.row = (uint32_t)(row - s->rows);
	return taken;
}

bool per_source_turn(struct per_source *s, uint32_t at, int64_t now)
{
	struct row *const row = &s->rows[at];

	refill(s, row, now);
	if (!trusted(s, row))
		return false;
	row->waiting--;
	row->sessions++;
	return true;
}

void per_source_give_up(struct per_source *s, uint32_t row)
{
	s->rows[row].waiting--;
}

struct per_source_answer per_source_deny(struct per_source *s, uint32_t row,
					 int64_t now)
{
	per_source_give_up(s, row);
	return refuse(&s->rows[row], PER_SOURCE_LATER, now);
}

void per_source_leave(struct per_source *s, uint32_t at, bool failed,
		      int64_t now)
{
	const int64_t least = -FORGIVEN * (int64_t)s->limits.failures * COST;
	struct row *row;

	if (at == PER_SOURCE_NONE)
		return;
	row = &s->rows[at];
	row->sessions--;
	if (!failed)
		return;
	refill(s, row, now);
	row->trust -= COST;
	if (row->trust < least)
		row->trust = least;
}
