/* SPDX-License-Identifier: ISC */
/*
 * The pure files of src/backends/maildir: what names say, how messages are ordered and
 * found, where a user's Maildir is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/kit/template.h"
#include "backends/kit/users.h"
#include "backends/maildir/listing.h"
#include "backends/maildir/name.h"
#include "pure/text.h"
#include "tap.h"

static void check(bool ok, const char *what, const char *on)
{
	tap(ok, "%s: %s", what, on);
}

static void test_unique(void)
{
	static const struct {
		const char *name;
		size_t unique;
	} rows[] = {
		{ "1.a.h", 5 },	    { "1.a.h:2,S", 5 }, { "1.a.h,S=1:2,S", 5 },
		{ "1.a.h,W=1", 5 }, { ":2,", 0 },	{ "", 0 },
		{ "a b:2,", 3 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(name_unique(rows[i].name, strlen(rows[i].name)) ==
			      rows[i].unique,
		      "unique part", rows[i].name);
}

static void test_time(void)
{
	static const struct {
		const char *name;
		uint64_t time;
	} rows[] = {
		{ "1035478339.a", 1035478339 },
		{ "0099.a", 99 },
		{ "a", 0 },
		{ "-1", 0 },
		{ "18446744073709551615.a", UINT64_MAX },
		{ "18446744073709551616.a", UINT64_MAX },
		{ "99999999999999999999999999.a", UINT64_MAX },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(name_time(rows[i].name, strlen(rows[i].name)) ==
			      rows[i].time,
		      "time", rows[i].name);
}

static void test_size(void)
{
	static const struct {
		const char *name;
		bool told;
		uint64_t octets;
	} rows[] = {
		{ "1.a,S=1000,W=1030:2,S", true, 1030 },
		{ "1.a,W=0", true, 0 },
		{ "1.a,W=7,S=6", true, 7 },
		{ "1.a,W=007", true, 7 },
		{ "1.a,W=999999999999", true, 999999999999 },
		{ "1.a,W=1000000000000", false, 0 },
		{ "1.a,S=1000", false, 0 },
		{ "1.a,W=", false, 0 },
		{ "1.a,W", false, 0 },
		{ "1.a,W=-1", false, 0 },
		{ "1.a,W=1x", false, 0 },
		{ "1.a,W=x,W=1", false, 0 },
		{ "1.a:2,W=5", false, 0 },
		{ "1.a", false, 0 },
		{ "", false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t octets = 0;
		bool told =
			name_size(rows[i].name, strlen(rows[i].name), &octets);

		check(told == rows[i].told && octets == rows[i].octets, "size",
		      rows[i].name);
	}
}

static void test_servable(void)
{
	static char longest[NAME_LENGTH + 2];

	memset(longest, 'a', sizeof(longest) - 1);
	check(name_unservable(longest, NAME_LENGTH + 1), "unservable", "256");
	check(!name_unservable(longest, NAME_LENGTH), "servable", "255");
	check(name_unservable("1.a\nb", 5), "unservable", "LF");
	check(name_unservable("1.a\r", 4), "unservable", "CR");
	check(name_unservable("1.\177", 3), "unservable", "DEL");
	check(name_unservable(":2,S", 4), "unservable", ":2,S");
	check(!name_unservable("-x \377", 4), "servable", "blank, 8-bit");
}

static void test_user(void)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "alice", true },  { "alice@example.org", true },
		{ "a@b@c", true },  { "\303\244", true },
		{ "a..b", true },   { "", false },
		{ ".", false },	    { "..", false },
		{ ".a", false },    { "-a", false },
		{ "a/b", false },   { "/", false },
		{ "a b", false },   { "a\tb", false },
		{ "a\177", false }, { "a@", false },
		{ "@a", false },    { "a@..", false },
		{ "a@.b", false },  { "a@-b", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(users_name(rows[i].name, strlen(rows[i].name)) ==
			      rows[i].valid,
		      "user name", rows[i].name);
}

static void test_template(void)
{
	static const struct {
		const char *template;
		const char *user;
		const char *home;
		const char *path; /* NULL: refused */
	} rows[] = {
		{ "%h/Maildir", "a", "/home/a", "/home/a/Maildir" },
		{ "/m/%d/%n/%u", "a@b", "", "/m/b/a/a@b" },
		{ "/m/100%%/%n", "a", "", "/m/100%/a" },
		{ "/m/%d", "a@b@c", "", "/m/b@c" },
		{ "%h", "a", "", NULL },
		{ "/m/%d", "a", "", NULL },
		/* As a file may have it, which no login can be. */
		{ "/m/%d/%n", "a@..", "", NULL },
		{ "/m/%d", "a@.", "", NULL },
		{ "/m/%d", "a@", "", NULL },
		{ "/m/%n", "@a", "", NULL },
		{ "/m/%n", "..@a", "", NULL },
		{ "/m/%u", "..", "", NULL },
		{ "/m/%u", ".", "", NULL },
		{ "/m/%u", "a/b", "", NULL },
		{ "/m/%d", "a@../b", "", NULL },
		{ "/m/%d", "a@...", "", "/m/..." },
		{ "/m/%n", "a@..", "", "/m/a" },
		{ "/0123456789012345678901234567890123456789", "a", "", NULL },
	};
	static const char *const invalid[] = { "", "%", "a%", "%x", "%%%" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		char data[32];
		struct text out = { .data = data, .size = sizeof(data) };
		const char *why =
			template_expand(&out, rows[i].template, rows[i].user,
					strlen(rows[i].user), rows[i].home);
		const char *path = rows[i].path;

		check(template_valid(rows[i].template) && !why == !!path &&
			      (!path || (out.len == strlen(path) &&
					 !memcmp(data, path, out.len))),
		      "template", rows[i].template);
	}
	for (size_t i = 0; i < COUNT(invalid); i++)
		check(!template_valid(invalid[i]), "no template", invalid[i]);
}

static void test_quoting(void)
{
	char data[16];
	struct text out = { .data = data, .size = sizeof(data) };

	text_quoted(&out, "a\"\\\n\377", 5);
	check(out.len == 15 && !out.cut &&
		      !memcmp(data, "\"a\\\"\\\\\\x0a\\xff\"", 15),
	      "quoted", "quote, backslash, LF, 8-bit");
	out.len = 0;
	text_quoted(&out, "aaaaaaaaaaaaaaa", 15);
	check(out.len == 16 && out.cut, "quoted", "cut");
}

static void test_order(void)
{
	/* As they are to come out; "010.b" and "10.a" have one time. */
	static const char *const names[] = {
		"a",	     "b",	 "9.z",	      "010.b,c",
		"10.a",	     "10.a,S=1", "10.a:2,",   "10.a+b",
		"10.a-b:2,", "10.b",	 "100.a:2,S", "1000.a",
	};
	struct listing listing = { 0 };
	size_t first;
	bool right = true;

	for (size_t i = COUNT(names); i--;)
		if (listing_add(&listing, names[i], strlen(names[i]), 0, i,
				false))
			abort();
	if (listing_sort(&listing))
		abort();
	for (size_t i = 0; i < COUNT(names); i++)
		right &= !strcmp(names[i],
				 listing_name(&listing, &listing.messages[i]));
	check(right, "order", "time, unique part, the rest");
	check(listing_find(&listing, "10.a", 4, &first) == 3 && first == 4 &&
		      listing_twin(&listing, 4) && listing_twin(&listing, 5) &&
		      listing_twin(&listing, 6) && !listing_twin(&listing, 7) &&
		      !listing_twin(&listing, 3),
	      "found", "three of one unique part");
	check(!listing_find(&listing, "10.c", 4, &first), "not found", "10.c");
	check(!listing_twin(&listing, COUNT(names) - 1), "no twin", "the last");
	free(listing.messages);
	free(listing.names);
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

/* Octet by octet, wherever they differ first; all lengths around eights. */
static void test_compare(void)
{
	char a[20], b[20];
	bool right = true;

	for (size_t len = 0; len <= sizeof(a); len++)
		for (size_t at = 0; at <= len; at++) {
			memset(a, 0x80, sizeof(a));
			memcpy(b, a, sizeof(b));
			if (at < len) {
				a[at] = '\xff';
				memset(a + at + 1, 1, sizeof(a) - at - 1);
			}
			right &= sign(text_compare(a, len, b, len)) ==
					 (at < len) &&
				 sign(text_compare(b, len, a, len)) ==
					 -(at < len) &&
				 (at == len ||
				  text_compare(b, at, a, len) < 0) &&
				 text_compare(a, len, a, at) >= 0;
		}
	check(right, "order", "octets are unsigned, the shorter first");
}

static void fill(struct listing *listing, const char *const names[])
{
	for (size_t i = 0; names[i]; i++)
		if (listing_add(listing, names[i], strlen(names[i]), 0,
				(uint64_t)(names[i][strlen(names[i]) - 1]),
				false))
			abort();
	if (listing_sort(listing))
		abort();
}

/* The last octet of a name stands for its inode. */
static void test_remains(void)
{
	static const struct {
		const char *name;
		const char *now[4];
		const char *known[4];
		bool remains;
	} rows[] = {
		/* clang-format off */
		{ "1.a", { NULL }, { "1.a1" }, false },
		{ "1.a", { "1.b1", "2.a2" }, { "1.a1" }, false },
		{ "1.a", { "1.a;2,S" }, { "1.a" }, true },
		{ "1.a", { "1.a!2,S" }, { "1.a" }, true },
		{ "1.a", { "1.a.b:2,S" }, { "1.a" }, true },
		{ "1.a", { "1.a\377" }, { "1.a" }, true },
		{ "1.a", { "1.a b" }, { "1.a" }, true },
		{ "1.a", { "1.ab:2,S", "1.a0:2,S", "1.aZ" }, { "1.a" }, false },
		{ "1.a", { "1.a0", "1.aZ", "1.a_;2,S" }, { "1.a" }, true },
		{ "1", { "10.a", "1;2,S" }, { "1" }, true },
		{ "1", { "10.a", "12" }, { "1" }, false },
		{ "a", { "a;2,S" }, { "a" }, true },
		/* A listed message of its own, and one that took its name. */
		{ "1.a", { "1.a.b:2,x" }, { "1.a", "1.a.b:2,x" }, false },
		{ "1.a", { "1.a.b:2,y" }, { "1.a", "1.a.b:2,x" }, true },
		{ "1.a", { "1.a.b:2,x", "1.a.b:2,y" }, { "1.a", "1.a.b:2,x" },
		  true },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct listing now = { 0 };
		struct listing known = { 0 };

		fill(&now, rows[i].now);
		fill(&known, rows[i].known);
		check(listing_remains(&now, rows[i].name, strlen(rows[i].name),
				      &known) == rows[i].remains,
		      rows[i].remains ? "remains" : "gone",
		      rows[i].now[0] ? rows[i].now[0] : "nothing");
		free(now.messages);
		free(now.names);
		free(known.messages);
		free(known.names);
	}
}

/* First blocks of the caller's, and then many messages. */
static void test_growth(void)
{
	static struct mail messages[2];
	static char names[8];
	struct listing listing = { .messages = messages,
				   .room = 2,
				   .names = names,
				   .size = sizeof(names) };
	unsigned int x = 1;
	bool right = true;

	for (unsigned int i = 0; i < 5000; i++) {
		char name[32];

		x = x * 1103515245U + 12345U;
		snprintf(name, sizeof(name), "%u.%u", x % 1000, i);
		if (listing_add(&listing, name, strlen(name), i % 2, i, false))
			abort();
		if ((i == 1 || i == 4999) && listing_sort(&listing))
			abort();
	}
	for (size_t i = 1; i < listing.count; i++) {
		const struct mail *a = &listing.messages[i - 1];
		const struct mail *b = &listing.messages[i];

		right &= a->time < b->time ||
			 (a->time == b->time &&
			  strcmp(listing_name(&listing, a),
				 listing_name(&listing, b)) < 0);
	}
	check(listing.count == 5000 && right, "order", "5000 messages");
	free(listing.messages);
	free(listing.names);
}

int main(void)
{
	test_unique();
	test_time();
	test_size();
	test_servable();
	test_user();
	test_template();
	test_quoting();
	test_order();
	test_compare();
	test_remains();
	test_growth();
	return tap_done();
}
