/* SPDX-License-Identifier: ISC */
/*
 * The table of sources of pop3-skel-accept: who may start another session.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pure/per-source.h"

static unsigned int tests, failed;

static void check(bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tests, what);
	failed += !ok;
}

static union address address(const char *text)
{
	union address a = { 0 };

	if (strchr(text, ':') != NULL) {
		a.any.sa_family = AF_INET6;
		inet_pton(AF_INET6, text, &a.v6.sin6_addr);
	} else if (text[0] == '/') {
		a.any.sa_family = AF_UNIX;
	} else {
		a.any.sa_family = AF_INET;
		inet_pton(AF_INET, text, &a.v4.sin_addr);
	}
	return a;
}

static struct per_source *table(uint64_t sessions, uint64_t per_source,
				uint64_t rate, uint64_t failures)
{
	const struct per_source_limits limits = { per_source, rate, failures };

	void *const memory = calloc(1, per_source_octets(sessions));

	if (memory == NULL)
		abort();
	return per_source_table(memory, sessions, &limits, 42);
}

static struct per_source_answer ask(struct per_source *s, const char *from,
				    int64_t now)
{
	const union address a = address(from);

	return per_source_admit(s, &a, now);
}

static bool taken(struct per_source *s, const char *from, int64_t now)
{
	return ask(s, from, now).verdict == PER_SOURCE_TAKEN;
}

/* Who shares a limit of one session with whom. */
static void test_same_source(void)
{
	static const struct {
		const char *first, *second, *what;
		bool same;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", "an address is a source", true },
		{ "192.0.2.1", "192.0.2.2", "its neighbour is another", false },
		{ "2001:db8::1", "2001:db8::2", "IPv6 by /64: one", true },
		{ "2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff",
		  "IPv6 by /64: its last address", true },
		{ "2001:db8::1", "2001:db8:0:1::1", "IPv6 by /64: two", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", "IPv4-mapped is IPv4",
		  true },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", "IPv4-mapped: no /64",
		  false },
		{ "/run/s", "/run/s", "a unix socket is no source", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct per_source *const s = table(4, 1, 0, 0);

		check(taken(s, rows[i].first, 0) &&
			      taken(s, rows[i].second, 0) != rows[i].same,
		      rows[i].what);
		free(s);
	}
}

static void test_leave(void)
{
	struct per_source *const s = table(4, 2, 0, 0);
	const struct per_source_answer one = ask(s, "192.0.2.1", 0);

	check(taken(s, "192.0.2.1", 0) &&
		      ask(s, "192.0.2.1", 0).verdict == PER_SOURCE_FULL,
	      "two sessions, and no third");
	per_source_leave(s, one.row, false, 0);
	check(taken(s, "192.0.2.1", 0) && !taken(s, "192.0.2.1", 0),
	      "one that ended makes room for one");
	free(s);
}

static void test_rate(void)
{
	struct per_source *const s = table(100, 0, 6, 0);
	unsigned int count = 0;

	while (count < 100 && taken(s, "192.0.2.1", 1000))
		count++;
	check(count == 6, "six a minute: six at once");
	check(ask(s, "192.0.2.1", 10999).verdict == PER_SOURCE_FAST,
	      "not the seventh before ten seconds");
	check(taken(s, "192.0.2.1", 11000), "the seventh after ten seconds");
	check(!taken(s, "192.0.2.1", 11000), "and no eighth");
	check(taken(s, "192.0.2.2", 11000), "another source has its own six");
	for (count = 0; count < 100 && taken(s, "192.0.2.1", 9000000);)
		count++;
	check(count == 6, "six again after hours, no more");
	free(s);
}

static void test_tell(void)
{
	struct per_source *const s = table(4, 1, 0, 0);

	ask(s, "192.0.2.1", 5);
	check(ask(s, "192.0.2.1", 5).tell == 1, "the first refusal is told");
	for (int i = 0; i < 9; i++)
		check(ask(s, "192.0.2.1", 6 + i).tell == 0, "others are not");
	check(ask(s, "192.0.2.1", 5 + PER_SOURCE_REMINDER).tell == 10,
	      "but their sum, a while later");
	free(s);
}

static void test_none(void)
{
	struct per_source *const s = table(1, 0, 0, 0);
	bool good = true;

	for (int i = 0; i < 5; i++) {
		const struct per_source_answer answer = ask(s, "192.0.2.1", 0);

		good = good && answer.verdict == PER_SOURCE_TAKEN &&
		       answer.row == PER_SOURCE_NONE;
	}
	check(good, "no limits, no rows");
	free(s);
}

/* Sessions in which logins fail: then the next ones wait. */
static void test_failures(void)
{
	struct per_source *const s = table(100, 0, 0, 6);
	struct per_source_answer answers[20], more;
	unsigned int count = 0;

	for (int i = 0; i < 20; i++)
		answers[i] = ask(s, "192.0.2.1", 0);
	check(answers[19].verdict == PER_SOURCE_TAKEN,
	      "no failures, no limit: twenty at once");
	for (int i = 0; i < 20; i++)
		per_source_leave(s, answers[i].row, i < 6, 0);
	more = ask(s, "192.0.2.1", 0);
	check(more.verdict == PER_SOURCE_LATER && more.tell == 1,
	      "six failed: the next one waits, which is told");
	check(!per_source_turn(s, more.row, 9999), "for ten seconds");
	check(per_source_turn(s, more.row, 10000), "and then has its turn");
	check(ask(s, "2001:db8::1", 10000).verdict == PER_SOURCE_TAKEN,
	      "another source does not wait");
	more = ask(s, "192.0.2.1", 10000);
	check(more.verdict == PER_SOURCE_LATER,
	      "one at a time: it may fail as well");
	per_source_leave(s, more.row, false, 10001);
	check(per_source_turn(s, more.row, 10001),
	      "it did not: the next one has its turn at once");
	per_source_leave(s, more.row, false, 10002);
	for (int i = 0; i < 20; i++)
		answers[i] = ask(s, "192.0.2.1", 100000);
	for (int i = 0; i < 20; i++) {
		count += answers[i].verdict == PER_SOURCE_TAKEN;
		if (answers[i].verdict == PER_SOURCE_TAKEN)
			per_source_leave(s, answers[i].row, true, 100000);
		else
			per_source_give_up(s, answers[i].row);
	}
	check(count == 20, "a minute without failures, and all is well");
	more = ask(s, "192.0.2.1", 100000);
	check(!per_source_turn(s, more.row, 100000 + 149999) &&
		      per_source_turn(s, more.row, 100000 + 150000),
	      "fourteen too many have to be paid back");
	free(s);
}

/* Whoever waits counts as a session of its source; order, and the end. */
static void test_waiting(void)
{
	struct per_source *const s = table(4, 3, 0, 1);
	struct per_source_answer one = ask(s, "2001:db8::1", 0), two;

	per_source_leave(s, one.row, true, 0);
	one = ask(s, "2001:db8::2", 0);
	two = ask(s, "2001:db8::3", 0);
	check(one.verdict == PER_SOURCE_LATER &&
		      two.verdict == PER_SOURCE_LATER &&
		      ask(s, "2001:db8::4", 0).verdict == PER_SOURCE_LATER &&
		      ask(s, "2001:db8::5", 0).verdict == PER_SOURCE_FULL,
	      "IPv6 by /64: those that wait fill it too");
	check(per_source_deny(s, two.row, PER_SOURCE_REMINDER).verdict ==
		      PER_SOURCE_LATER,
	      "one is turned away");
	per_source_give_up(s, two.row);
	check(per_source_turn(s, one.row, PER_SOURCE_REMINDER),
	      "one has its turn");
	per_source_leave(s, one.row, false, PER_SOURCE_REMINDER);
	check(ask(s, "2001:db8::1", PER_SOURCE_REMINDER).verdict ==
		      PER_SOURCE_TAKEN,
	      "and then nobody waits");
	free(s);
}

/* Whatever has failed, it is back after five minutes. */
static void test_forgiven(void)
{
	struct per_source *const s = table(1000, 0, 0, 2);
	struct per_source_answer answers[1000];

	for (int i = 0; i < 1000; i++)
		answers[i] = ask(s, "192.0.2.1", 0);
	for (int i = 0; i < 1000; i++)
		per_source_leave(s, answers[i].row, true, 0);
	answers[0] = ask(s, "192.0.2.1", 0);
	check(!per_source_turn(s, answers[0].row, 5 * 60000) &&
		      per_source_turn(s, answers[0].row, 5 * 60000 + 30000),
	      "a thousand failures at once are paid back in five minutes");
	free(s);
}

/* More sources than there are rows: who has no session is forgotten. */
static void test_flood(void)
{
	struct per_source *const s = table(2, 1, 60, 0);
	bool good = true;
	char text[32];

	check(taken(s, "203.0.113.1", 0) && taken(s, "203.0.113.2", 0),
	      "two sources with a session each");
	for (int i = 0; i < 100000; i++) {
		struct per_source_answer answer;

		snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16,
			 i >> 8 & 255, i & 255);
		answer = ask(s, text, i);
		good = good && answer.verdict == PER_SOURCE_TAKEN;
		if (good)
			per_source_leave(s, answer.row, false, 0);
	}
	check(good, "a hundred thousand others come and go");
	check(!taken(s, "203.0.113.1", 100000) &&
		      !taken(s, "203.0.113.2", 100000),
	      "the two are still known");
	free(s);
}

/*
 * With every row used: who was refused is not forgotten for the sake of the
 * next one that comes.
 */
static void test_memory(void)
{
	struct per_source *const s = table(2, 0, 1, 0);
	unsigned int refused = 0;
	char text[32];

	for (int i = 0; i < 5000; i++) {
		struct per_source_answer answer;

		snprintf(text, sizeof(text), "10.0.%d.%d", i >> 8, i & 255);
		answer = ask(s, text, 0);
		per_source_leave(s, answer.row, false, 0);
	}
	for (int i = 0; i < 20; i++) {
		const struct per_source_answer answer =
			ask(s, i % 2 ? "192.0.2.1" : "192.0.2.2", i);

		per_source_leave(s, answer.row, false, 0);
		refused += answer.verdict == PER_SOURCE_FAST;
	}
	check(refused == 18, "two that take turns keep their rate");
	free(s);
}

int main(void)
{
	test_same_source();
	test_leave();
	test_rate();
	test_tell();
	test_none();
	test_failures();
	test_waiting();
	test_forgiven();
	test_flood();
	test_memory();
	printf("1..%u\n", tests);
	return failed != 0;
}
