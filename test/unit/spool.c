/* SPDX-License-Identifier: ISC */
/* src/maildrop/spool.c: what goes into the spool comes out of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "maildrop/spool.h"
#include "maildrop/unique-id.h"
#include "os/file.h"
#include "tap.h"

static struct spool spool;
static struct maildrop drop;

/* More than is held before it is written. */
static char large[3 * LIMIT_HOLD_BACK + 5];

/* Messages of unknown size; of the second not even a unique-id is told. */
static void anew(uint64_t max)
{
	if (spool.fd > 0)
		close(spool.fd);
	spool_start(&spool, max);
	maildrop_free(&drop);
	maildrop_add(&drop, OCTETS_UNKNOWN, "one", 3, NULL, 0);
	maildrop_add(&drop, OCTETS_UNKNOWN, "-", 1, NULL, 0);
	maildrop_add(&drop, 7, "three", 5, NULL, 0);
}

/* Spools a body for a message, in pieces. */
static int put(struct message *m, const char *body, size_t n, size_t piece)
{
	spool_begin(&spool, maildrop_needs_body_id(m));
	for (size_t at = 0; at < n; at += piece)
		spool_add(&spool, body + at, n - at < piece ? n - at : piece);
	return spool_settle(&spool, &drop, m);
}

/* Whether the spool has just this for a message. */
static bool has(const struct message *m, const char *body, size_t n)
{
	char *const back = malloc(n + 1);
	uint64_t at, octets = 0;
	bool same = back != NULL && m->spool != SPOOL_NONE &&
		    spool_find(&spool, m, &at, &octets) && octets == n &&
		    file_read(spool.fd, back, n, at) == (ssize_t)n &&
		    memcmp(back, body, n) == 0;

	free(back);
	return same;
}

static void test_bodies(void)
{
	static const size_t pieces[] = { 1000, LIMIT_HOLD_BACK - 1,
					 LIMIT_HOLD_BACK, LIMIT_HOLD_BACK + 1,
					 sizeof(large) };
	struct message *m;

	for (size_t i = 0; i < COUNT(pieces); i++) {
		anew(UINT64_MAX);
		m = drop.messages;
		tap(put(&m[0], large, sizeof(large), pieces[i]) == 0 &&
			    put(&m[1], "a\nb\n", 4, 3) == 0 &&
			    put(&m[2], "", 0, 1) == 0 &&
			    has(&m[0], large, sizeof(large)) &&
			    has(&m[1], "a\nb\n", 4) && has(&m[2], "", 0),
		    "three bodies, in pieces of %zu", pieces[i]);
	}
	tap(m[1].octets == 6, "its size is as POP3 counts it");
	tap(m[2].octets == 7, "... but what was told stays");
	tap(m[0].uid_len == 3 && m[1].uid_len == 64,
	    "a unique-id from the body where there is none");
	anew(UINT64_MAX);
	m = drop.messages;
	put(&m[1], "b\n", 2, 1);
	tap(!strncmp(drop.text + m[1].uid,
		     "0263829989b6fd954f72baaf2fc64bc2"
		     "e2f01d692d4de72986ea808f6e99813f",
		     64),
	    "... which is its SHA-256");
}

static void test_full(void)
{
	struct message *m;
	uint64_t end;

	anew(1000);
	m = drop.messages;
	tap(put(&m[0], large, 900, 100) == 0 && has(&m[0], large, 900),
	    "what fits is there");
	end = spool.end;
	tap(put(&m[1], large, 2000, 100) == 0 && m[1].refused &&
		    m[1].spool == SPOOL_NONE && spool.end == end,
	    "what does not fit is refused, and takes no room");
	tap(m[1].octets == 2002 && m[1].uid_len == 64,
	    "... but has its size and its unique-id");
	tap(has(&m[0], large, 900), "... and what was there is there still");
	tap(put(&m[2], "x", 1, 1) == 0 && !m[2].refused && has(&m[2], "x", 1),
	    "a small one still fits");
}

static void test_broken_off(void)
{
	struct message *m;

	anew(UINT64_MAX);
	m = drop.messages;
	/* A body that never settles: its backend failed. */
	spool_begin(&spool, false);
	spool_add(&spool, large, sizeof(large));
	tap(put(&m[0], "whole", 5, 5) == 0 && has(&m[0], "whole", 5),
	    "a body that broke off leaves nothing");
}

static void test_no_file(void)
{
	struct message *m;

	setenv("TMPDIR", "/nowhere", 1);
	anew(UINT64_MAX);
	m = drop.messages;
	tap(put(&m[0], "x", 1, 1) < 0 && m[0].spool == SPOOL_NONE &&
		    m[0].octets == OCTETS_UNKNOWN,
	    "without a file the message has nothing");
	setenv("TMPDIR", "/tmp", 1);
	tap(put(&m[0], "x", 1, 1) == 0 && has(&m[0], "x", 1),
	    "... until there is one");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)('a' + i * 31 % 23);
	test_bodies();
	test_full();
	test_broken_off();
	test_no_file();
	maildrop_free(&drop);
	return tap_done();
}
