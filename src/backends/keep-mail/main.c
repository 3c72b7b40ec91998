/* SPDX-License-Identifier: ISC */
/*
 * keep-mail: what a backend knows of a mailbox from one session to the next:
 * which messages were deleted, where the source itself deletes none, and what
 * was in them.
 *
 * Exit status: 0, 1 for a message that is not there, 64 for words that make no
 * sense, 75 where something fails; or that of whoever wrote our input.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backends/keep-mail/bodies.h"
#include "backends/keep-mail/large.h"
#include "backends/keep-mail/place.h"
#include "backends/keep-mail/table.h"
#include "pure/limit.h"
#include "pure/number.h"

enum { EXIT_ABSENT = 1, EXIT_WORDS = 64, EXIT_TROUBLE = 75 };
/* Octets of bodies that a mailbox keeps where no other number is told. */
enum { MEBIBYTES = 64, MEBIBYTES_MOST = 1 << 20 };

static const char usage[] =
	"usage: keep-mail in NAME USER          makes a folder: its path\n"
	"       keep-mail list FOLDER           keys, a line each: msg lines\n"
	"       keep-mail key FOLDER UID        the key of a message\n"
	"       keep-mail have FOLDER UID       where its body is, or its key\n"
	"       keep-mail put FOLDER UID [MIB]  a body: where it is now\n"
	"       keep-mail gone FOLDER           unique-ids, a line each\n";

static _Noreturn void refuse(int status, const char *what, const char *which,
			     int error)
{
	fprintf(stderr, "<3>keep-mail: %s%s%s%s%s\n", which, *which ? ": " : "",
		what, error ? ": " : "", error ? strerror(error) : "");
	exit(status);
}

/* The folder; with `alone` nobody else's until we end. */
static int enter(const char *path, bool alone)
{
	int fd;
	const char *const why = place_open(path, alone, &fd);

	if (why != NULL)
		refuse(EXIT_TROUBLE, why, path, errno);
	return fd;
}

static void read_table(struct table *table, int folder, const char *path)
{
	const char *const why = table_read(table, folder);

	if (why != NULL)
		refuse(EXIT_TROUBLE, why, path, errno);
}

/* A line of `in`, with NUL for its LF; moves *in behind it. */
static char *next_line(char **in)
{
	char *const line = *in;
	char *const end = strchr(line, '\n');

	if (end == NULL)
		return NULL;
	*end = '\0';
	*in = end + 1;
	return line;
}

/*
 * All lines of standard input, the last of which is the status of who wrote
 * them: another one than 0 is ours, and nothing is changed then.
 */
static char *read_lines(void)
{
	size_t len;
	char *const in = table_slurp(0, TABLE_OCTETS, &len);
	uint64_t status;
	char *at;

	if (in == NULL)
		refuse(EXIT_TROUBLE, "standard input", "", errno);
	if (len > 0 && memchr(in, '\0', len) != NULL)
		refuse(EXIT_TROUBLE, "a NUL", "standard input", 0);
	if (len < 3 || in[len - 1] != '\n')
		refuse(EXIT_TROUBLE, "it was cut off", "standard input", 0);
	in[len - 1] = '\0';
	at = strrchr(in, '\n');
	at = at == NULL ? in : at + 1;
	if (at[0] != ' ' || !number_parse(at + 1, strlen(at + 1), &status) ||
	    status > 255)
		refuse(EXIT_TROUBLE, "it was cut off", "standard input", 0);
	if (status != 0)
		exit((int)status);
	*at = '\0';
	return in;
}

/* KEY, or KEY TAB SIZE TAB PATH. False, and a line of the log, for none. */
static bool take_key(struct entry *entry, char *line)
{
	uint64_t size;
	char *tab = strchr(line, '\t'), *control = line;

	memset(entry, 0, sizeof(*entry));
	entry->state = ENTRY_HERE;
	entry->key = line;
	if (tab != NULL) {
		*tab++ = '\0';
		entry->size = tab;
		tab = strchr(tab, '\t');
		if (tab == NULL)
			return false;
		*tab++ = '\0';
		entry->path = tab;
		if ((strcmp(entry->size, "-") != 0 &&
		     !number_parse(entry->size, strlen(entry->size), &size)) ||
		    tab[0] != '/' || strlen(tab) >= LIMIT_PATH)
			return false;
	}
	for (int i = 0; i < 2; i++) {
		for (; *control != '\0'; control++)
			if ((unsigned char)*control < ' ' || *control == 0x7f)
				return false;
		control = tab != NULL ? tab : control;
	}
	if (strlen(line) > KEY_MOST)
		return false;
	entry->uid = table_uid(line);
	return entry->uid != NULL;
}

static void take_keys(struct table *now, char *in)
{
	size_t bad = 0;
	char *line;

	while ((line = next_line(&in)) != NULL) {
		struct entry entry;

		if (line[0] == '\0')
			continue;
		if (!take_key(&entry, line))
			bad++;
		else if (!table_add(now, &entry))
			refuse(EXIT_TROUBLE, "too many messages", "list", 0);
	}
	if (bad > 0)
		fprintf(stderr,
			"<4>keep-mail: not listed: %zu messages whose keys "
			"have "
			"control characters, or are too long\n",
			bad);
	table_sort(now);
}

/* Whether one that was deleted, and is not in the list now, is remembered. */
static bool remembered(const struct entry *entry, const struct table *now,
		       uint64_t today)
{
	return entry->state != ENTRY_HERE &&
	       table_find(now, entry->uid) == NULL &&
	       (entry->state == ENTRY_GONE ||
		entry->since + ABSENT_SECONDS > today);
}

/*
 * What was deleted stays so. What the source has no more is remembered for a
 * while, for a folder that is not mounted, or a feed that is broken, is back
 * tomorrow; then it is forgotten, and the longest absent first.
 */
static void merge(struct table *next, struct table *now,
		  const struct table *before)
{
	static const enum entry_state order[] = { ENTRY_ABSENT, ENTRY_GONE };
	const uint64_t today = (uint64_t)time(NULL);
	size_t absent = 0;

	for (size_t i = 0; i < now->count; i++) {
		struct entry *const entry = &now->entries[i];
		const struct entry *const old = table_find(before, entry->uid);

		/* A source may have one of them twice. */
		if (table_find(now, entry->uid) != entry)
			continue;
		if (old != NULL && old->state != ENTRY_HERE)
			entry->state = ENTRY_GONE;
		table_add(next, entry);
	}
	for (size_t i = 0; i < before->count; i++)
		absent += remembered(&before->entries[i], now, today);
	for (size_t i = 0; i < 2 * before->count; i++) {
		struct entry entry = before->entries[i % before->count];

		if (entry.state != order[i / before->count] ||
		    !remembered(&entry, now, today) || absent-- > ABSENT_MOST)
			continue;
		if (entry.state == ENTRY_GONE)
			entry.since = today;
		entry.state = ENTRY_ABSENT;
		table_add(next, &entry);
	}
}

static void print_list(const struct table *next, struct bodies *bodies,
		       const char *path)
{
	for (size_t i = 0; i < next->count; i++) {
		const struct entry *const e = &next->entries[i];
		const struct body *body;

		if (e->state != ENTRY_HERE)
			continue;
		if (e->path != NULL) {
			printf("msg %s %s %s\n", e->size, e->uid, e->path);
			continue;
		}
		body = bodies_find(bodies, e->uid);
		if (body == NULL)
			printf("msg - %s\n", e->uid);
		else if (body->here)
			printf("msg %" PRIu64 " %s %s/mail/%s\n", body->octets,
			       e->uid, path, body->name);
		else
			printf("msg %" PRIu64 " %s\n", body->octets, e->uid);
	}
}

static void list(const char *path)
{
	static struct table before, now, next;
	static struct bodies bodies;
	char *const in = read_lines();
	int folder, r;

	take_keys(&now, in);
	folder = enter(path, true);
	read_table(&before, folder, path);
	merge(&next, &now, &before);
	r = table_write(&next, folder, &before);
	if (r == 0)
		r = bodies_read(&bodies, folder);
	if (r < 0)
		refuse(EXIT_TROUBLE, "it cannot be written", path, -r);
	print_list(&next, &bodies, path);
	bodies_sweep(&bodies, folder);
	free(in);
}

/* One that is listed, or NULL. */
static const struct entry *find(int folder, const char *path, const char *uid)
{
	static struct table table;
	const struct entry *entry;

	read_table(&table, folder, path);
	entry = table_find(&table, uid);
	return entry != NULL && entry->state == ENTRY_HERE ? entry : NULL;
}

static void print_key(const char *path, const char *uid)
{
	const struct entry *const entry = find(enter(path, true), path, uid);

	if (entry == NULL)
		exit(EXIT_ABSENT);
	puts(entry->key);
}

/* Where the body is, if it is here; else the key. */
static void have(const char *path, const char *uid)
{
	static struct bodies bodies;
	const int folder = enter(path, true);
	const struct entry *const entry = find(folder, path, uid);
	const struct body *body;
	char name[LARGE_NAME];

	if (entry == NULL)
		exit(EXIT_ABSENT);
	if (bodies_read(&bodies, folder) == 0 &&
	    (body = bodies_find(&bodies, uid)) != NULL && body->here)
		printf("file %s/mail/%s\n", path, body->name);
	else if (large_find(folder, uid, name))
		printf("file %s/mail/%s\n", path, name);
	else
		printf("key %s\n", entry->key);
}

/* What went wrong with a body, whose beginning goes. */
static _Noreturn void give_up(struct body_writer *writer, const char *path,
			      int status)
{
	body_drop(writer);
	if (status < 0)
		refuse(EXIT_TROUBLE, "a body was not kept", path, -status);
	exit(status);
}

static void put(const char *path, const char *uid, const char *mib)
{
	uint64_t most = MEBIBYTES;
	struct body_writer writer;
	char name[BODY_NAME];
	int folder, status;

	if (mib != NULL &&
	    (!number_parse(mib, strlen(mib), &most) || most > MEBIBYTES_MOST))
		refuse(EXIT_WORDS, "no number of MiB", mib, 0);
	/* The source may take its time: others need not wait for it. */
	folder = enter(path, false);
	status = body_take(&writer, folder, stdin);
	if (status != 0)
		give_up(&writer, path, status);
	folder = enter(path, true);
	if (find(folder, path, uid) == NULL)
		give_up(&writer, path, EXIT_ABSENT);
	status = body_keep(&writer, folder, uid, most << 20, name);
	if (status < 0)
		give_up(&writer, path, status);
	printf("file %s/mail/%s\n", path, name);
}

static void gone(const char *path)
{
	static struct table table;
	char *const in = read_lines();
	const int folder = enter(path, true);
	char *rest = in, *uid;
	size_t unknown = 0;
	int r;

	read_table(&table, folder, path);
	while ((uid = next_line(&rest)) != NULL) {
		struct entry *const entry = table_find(&table, uid);

		/* One that the source has no more is gone as well. */
		unknown += entry == NULL && *uid != '\0';
		if (entry != NULL && entry->state == ENTRY_HERE)
			entry->state = ENTRY_GONE;
	}
	if (unknown > 0)
		fprintf(stderr,
			"<5>keep-mail: not in the list, and so not deleted: "
			"%zu unique-ids (keep_expunge UID)\n",
			unknown);
	r = table_write(&table, folder, NULL);
	if (r < 0)
		refuse(EXIT_TROUBLE, "it cannot be written", path, -r);
	free(in);
}

int main(int argc, char **argv)
{
	const char *const what = argc > 1 ? argv[1] : "";
	char path[LIMIT_PATH];

	if (argc == 2 && (!strcmp(what, "-h") || !strcmp(what, "--help"))) {
		fputs(usage, stdout);
	} else if (argc == 2 &&
		   (!strcmp(what, "-V") || !strcmp(what, "--version"))) {
		puts("keep-mail (pop3-skel) " VERSION);
	} else if (argc == 4 && !strcmp(what, "in")) {
		const char *const why = place_make(argv[2], argv[3], path);

		if (why != NULL)
			refuse(EXIT_TROUBLE, why, path, errno);
		puts(path);
	} else if (argc < 3 || argv[2][0] != '/') {
		refuse(EXIT_WORDS, "see keep-mail --help", "", 0);
	} else if (argc == 3 && !strcmp(what, "list")) {
		list(argv[2]);
	} else if (argc == 4 && !strcmp(what, "key")) {
		print_key(argv[2], argv[3]);
	} else if (argc == 4 && !strcmp(what, "have")) {
		have(argv[2], argv[3]);
	} else if ((argc == 4 || argc == 5) && !strcmp(what, "put")) {
		put(argv[2], argv[3], argv[4]);
	} else if (argc == 3 && !strcmp(what, "gone")) {
		gone(argv[2]);
	} else {
		refuse(EXIT_WORDS, "see keep-mail --help", "", 0);
	}
	if (fclose(stdout) != 0)
		refuse(EXIT_TROUBLE, "standard output", "", errno);
	return 0;
}
