/* SPDX-License-Identifier: ISC */
/* src/maildrop/maildrop.c and unique-id.c: P3.5, P3.7, P3.9, and `msg` lines. */
#include <stdlib.h>
#include <string.h>

#include "maildrop/maildrop.h"
#include "maildrop/unique-id.h"
#include "tap.h"

static const char *add(struct maildrop *d, const char *uid, const char *path)
{
	return maildrop_add(d, 10, uid, strlen(uid), path,
			    path != NULL ? strlen(path) : 0);
}

/* The unique-id of message n, ended by NUL, in one of a few places. */
static const char *uid_of(struct maildrop *d, size_t n)
{
	static char places[4][LIMIT_UNIQUE_ID + 1];
	static unsigned next;
	char *const to = places[next++ % 4];

	to[maildrop_unique_id(d, &d->messages[n - 1], to)] = '\0';
	return to;
}

static bool legal(const char *uid)
{
	const size_t n = strlen(uid);

	for (size_t i = 0; i < n; i++)
		if (uid[i] < 0x21 || uid[i] > 0x7e)
			return false;
	return n >= 1 && n <= LIMIT_UNIQUE_ID;
}

#define TEN "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

/* What the client sees of a message that is alone; NULL: a hash. */
static const struct {
	const char *uid, *path, *seen;
} rows[] = {
	/* clang-format off */
	{ "1A2B",       NULL,                 "1A2B" },
	{ "1A2B",       "/m/cur/other:2,S",   "1A2B" },
	{ "!~",         NULL,                 "!~" },
	{ SEVENTY,      NULL,                 SEVENTY },
	{ SEVENTY "0",  NULL,                 NULL },
	{ "caf\xc3\xa9", NULL,                NULL },
	{ "a\tb",       NULL,                 NULL },
	{ "a\x7f",      NULL,                 NULL },
	{ "-",          "/m/cur/1A2B:2,S",    "1A2B" },
	{ "-",          "/m/cur/1A2B,S=5:2,", "1A2B" },
	{ "-",          "/m/cur/1A2B",        "1A2B" },
	{ "-",          "/1",                 "1" },
	{ "-",          "/m:x/1",             "1" },
	{ "-",          "/m/a b",             NULL },
	{ "-",          "/m/:2,S",            NULL },
	{ "-",          "/m/",                NULL },
	{ "-",          "/" SEVENTY "0:2,",   NULL },
	{ "-",          NULL,                 NULL },
	{ "--",         NULL,                 "--" },
	/* clang-format on */
};

static void test_alone(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct maildrop d;
		const char *seen, *given;
		size_t len;
		bool right;

		maildrop_init(&d);
		right = add(&d, rows[i].uid, rows[i].path) == NULL;
		seen = uid_of(&d, 1);
		given = maildrop_given_uid(&d, &d.messages[0], &len);
		right = right && legal(seen) &&
			(rows[i].seen != NULL ? strcmp(seen, rows[i].seen) == 0
					      : strlen(seen) == 64) &&
			len == strlen(rows[i].uid) &&
			memcmp(given, rows[i].uid, len) == 0;
		tap(right, "P3.9: \"%s\" at %s is seen as %s", rows[i].uid,
		    rows[i].path != NULL ? rows[i].path : "no path", seen);
		maildrop_free(&d);
	}
}

/* Several messages: no two unique-ids are the same, and they are stable. */
static const struct {
	const char *what;
	struct {
		const char *uid, *path;
	} messages[4];
	const char *seen[4]; /* NULL: a hash */
} groups[] = {
	/* clang-format off */
	{ "different", { { "a", NULL }, { "b", NULL }, { "ab", NULL } },
	  { "a", "b", "ab" } },
	{ "twins by path", { { "a", "/1" }, { "b", "/2" }, { "a", "/3" } },
	  { NULL, "b", NULL } },
	{ "twins without a path", { { "a", NULL }, { "a", NULL } },
	  { NULL, NULL } },
	{ "twins with one path", { { "a", "/1" }, { "a", "/1" }, { "a", "/1" } },
	  { NULL, NULL, NULL } },
	{ "twins, one with a path", { { "a", NULL }, { "a", "/1" } },
	  { NULL, NULL } },
	{ "illegal twins", { { "\xff", "/1" }, { "\xff", "/2" } },
	  { NULL, NULL } },
	{ "a twin by its name", { { "-", "/m/a:2,S" }, { "a", NULL } },
	  { NULL, NULL } },
	{ "no name", { { "-", "/m/" }, { "-", "/n/" } }, { NULL, NULL } },
	{ "no body", { { "-", NULL }, { "-", NULL } }, { NULL, NULL } },
	/* clang-format on */
};

static void test_groups(void)
{
	for (size_t i = 0; i < COUNT(groups); i++) {
		struct maildrop d, again;
		bool right = true;

		maildrop_init(&d);
		maildrop_init(&again);
		for (size_t n = 0; n < 4; n++) {
			if (groups[i].messages[n].uid == NULL)
				continue;
			right = right &&
				add(&d, groups[i].messages[n].uid,
				    groups[i].messages[n].path) == NULL &&
				add(&again, groups[i].messages[n].uid,
				    groups[i].messages[n].path) == NULL;
		}
		for (size_t n = 1; n <= d.count; n++) {
			const char *const uid = uid_of(&d, n);
			const char *const seen = groups[i].seen[n - 1];

			right = right && legal(uid) &&
				(seen != NULL ? strcmp(uid, seen) == 0
					      : strlen(uid) == 64) &&
				strcmp(uid, uid_of(&again, n)) == 0;
			for (size_t m = 1; m < n; m++)
				right = right &&
					strcmp(uid, uid_of(&d, m)) != 0;
		}
		tap(right, "P3.9: unique-ids, %s", groups[i].what);
		maildrop_free(&d);
		maildrop_free(&again);
	}
}

/* A twin's unique-id does not depend on who else is there, but for its twin. */
static void test_persistent(void)
{
	struct maildrop d;
	char before[LIMIT_UNIQUE_ID + 1];

	maildrop_init(&d);
	tap(add(&d, "a", "/1") == NULL && add(&d, "a", "/2") == NULL,
	    "two twins");
	strcpy(before, uid_of(&d, 2));
	maildrop_free(&d);
	tap(add(&d, "x", "/0") == NULL && add(&d, "a", "/2") == NULL &&
		    add(&d, "y", NULL) == NULL && add(&d, "a", "/1") == NULL,
	    "... and others, in another order");
	tap(strcmp(before, uid_of(&d, 2)) == 0, "P3.9: the same unique-id");
	maildrop_free(&d);
}

static void test_body_ids(void)
{
	static const uint8_t digest[32] = { 0xba, 0x78, [31] = 0xad };
	struct maildrop d;

	maildrop_init(&d);
	tap(add(&d, "-", NULL) == NULL && add(&d, "-", NULL) == NULL &&
		    add(&d, "a", NULL) == NULL,
	    "two without unique-ids");
	tap(maildrop_needs_body_id(&d.messages[0]) &&
		    !maildrop_needs_body_id(&d.messages[2]),
	    "`-` without a path needs the body");
	tap(maildrop_set_body_id(&d, &d.messages[0], digest) == NULL &&
		    strncmp(uid_of(&d, 1), "ba78", 4) == 0 &&
		    strcmp(uid_of(&d, 1) + 62, "ad") == 0 &&
		    !maildrop_needs_body_id(&d.messages[0]),
	    "the hash of the body");
	tap(maildrop_set_body_id(&d, &d.messages[1], digest) == NULL &&
		    strcmp(uid_of(&d, 1), uid_of(&d, 2)) != 0,
	    "P3.9: two with one body");
	maildrop_free(&d);
}

static void test_paths(void)
{
	static char path[LIMIT_PATH + 1] = "/";
	struct maildrop d;

	memset(path + 1, 'x', sizeof(path) - 2);
	maildrop_init(&d);
	tap(add(&d, "a", "m/1") != NULL, "a relative path");
	tap(add(&d, "a", "") != NULL, "an empty path");
	tap(add(&d, "a", path) != NULL, "a path of 4096 octets");
	path[LIMIT_PATH - 1] = '\0';
	tap(add(&d, "a", path) == NULL, "a path of 4095 octets");
	tap(d.count == 1 &&
		    strcmp(maildrop_path(&d, &d.messages[0]), path) == 0,
	    "... is kept whole, and alone");
	maildrop_free(&d);
}

static void test_marks(void)
{
	struct maildrop d;

	maildrop_init(&d);
	tap(maildrop_get(&d, 1) == NULL, "P3.3: an empty maildrop");
	tap(add(&d, "a", NULL) == NULL && add(&d, "b", NULL) == NULL,
	    "two messages");
	tap(maildrop_get(&d, 0) == NULL && maildrop_get(&d, 3) == NULL &&
		    maildrop_get(&d, UINT64_MAX) == NULL &&
		    maildrop_get(&d, UINT64_C(1) << 32) == NULL,
	    "P3.3: numbers of none");
	tap(maildrop_get(&d, 2) == &d.messages[1], "P2.8: number 2");
	maildrop_get(&d, 1)->marked = true;
	tap(maildrop_get(&d, 1) == NULL &&
		    maildrop_get(&d, 2) == &d.messages[1],
	    "P3.5: marked, and the others keep their numbers");
	maildrop_reset(&d);
	tap(maildrop_get(&d, 1) == &d.messages[0], "P3.7: unmarked");
	maildrop_free(&d);
	tap(d.count == 0 && d.text == NULL, "freed, and empty");
}

/* Many, with few names between them: twins in any number and order. */
static void test_many(void)
{
	enum { MANY = 3000 };
	static char seen[MANY][LIMIT_UNIQUE_ID + 1];
	struct maildrop d;
	bool right = true;

	maildrop_init(&d);
	for (unsigned i = 0; i < MANY; i++) {
		char uid[16], path[16];

		snprintf(uid, sizeof(uid), "%u", tap_random() % 2000);
		snprintf(path, sizeof(path), "/%u", tap_random() % 3);
		right = right && add(&d, uid, i % 5 != 0 ? path : NULL) == NULL;
	}
	for (unsigned i = 0; i < MANY; i++) {
		strcpy(seen[i], uid_of(&d, i + 1));
		right = right && legal(seen[i]);
	}
	qsort(seen, MANY, sizeof(seen[0]),
	      (int (*)(const void *, const void *))strcmp);
	for (unsigned i = 1; i < MANY; i++)
		right = right && strcmp(seen[i - 1], seen[i]) != 0;
	tap(right, "P3.9: 3000 messages of 2000 names");
	maildrop_free(&d);
}

/* The limit of messages is a fault, not a crash. */
static void test_limit(void)
{
	struct maildrop d;
	const char *wrong = NULL;
	unsigned long n = 0;

	maildrop_init(&d);
	while (wrong == NULL && n <= LIMIT_MESSAGES) {
		wrong = add(&d, "a", NULL);
		n += wrong == NULL;
	}
	tap(wrong != NULL && n == LIMIT_MESSAGES, "%lu messages: %s", n,
	    wrong != NULL ? wrong : "no end");
	maildrop_free(&d);
}

/* A msg line: what is wrong with it, or NULL. */
static const struct {
	const char *line, *wrong;
} taken[] = {
	/* clang-format off */
	{ "msg 10 a",                   NULL },
	{ "msg - -",                    NULL },
	{ "msg - - /m/a b",             NULL },
	{ "msg 8796093022207 a",        NULL },
	{ "msg 8796093022208 a",        "size is no number of octets" },
	{ "msg -1 a",                   "size is no number of octets" },
	{ "msg 10 a\tb",                "control character in a unique-id" },
	{ "msg 10 a /m/\tb",            "control character in a path" },
	{ "msg 10 a b /m/c",            "a unique-id with a blank" },
	{ "msg 10 a m/c",
	  "path not absolute" },
	{ "msg 10 a b",
	  "a unique-id with a blank, or path not absolute" },
	/* clang-format on */
};

static void test_lines(void)
{
	for (size_t i = 0; i < COUNT(taken); i++) {
		struct maildrop d;
		struct wire_line l;
		const char *wrong;

		maildrop_init(&d);
		wrong = wire_parse(&l, WIRE_LIST, taken[i].line,
				   strlen(taken[i].line));
		if (wrong == NULL)
			wrong = maildrop_take(&d, &l);
		tap(taken[i].wrong == NULL
			    ? wrong == NULL && d.count == 1
			    : wrong != NULL && d.count == 0 &&
				      !strcmp(wrong, taken[i].wrong),
		    "%s: %s", taken[i].line, wrong != NULL ? wrong : "taken");
		maildrop_free(&d);
	}
}

int main(void)
{
	test_alone();
	test_groups();
	test_persistent();
	test_body_ids();
	test_paths();
	test_marks();
	test_many();
	test_limit();
	test_lines();
	return tap_done();
}
