/* SPDX-License-Identifier: ISC */
#include "backends/keep-mail/table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pure/number.h"
#include "pure/sha256.h"

static const char file[] = "list", next_file[] = "list.next";
static const char head[] = "pop3-skel-kept 1\n";

char *table_slurp(int fd, size_t most, size_t *len)
{
	size_t room = 0;
	char *data = NULL;

	*len = 0;
	for (;;) {
		ssize_t n;

		if (*len + 1 >= room) {
			char *const more = realloc(data, room * 2 + 65536);

			if (more == NULL)
				break;
			data = more;
			room = room * 2 + 65536;
		}
		n = read(fd, data + *len, room - *len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0) {
			data[*len] = '\0';
			return data;
		}
		if (n < 0)
			break;
		*len += (size_t)n;
		if (*len > most) {
			errno = EFBIG;
			break;
		}
	}
	free(data);
	return NULL;
}

bool table_add(struct table *table, const struct entry *entry)
{
	if (table->count == TABLE_MOST)
		return false;
	if (table->count == table->room) {
		const size_t room = table->room * 2 + 256;
		struct entry *const more =
			realloc(table->entries, room * sizeof(*more));

		if (more == NULL)
			return false;
		table->entries = more;
		table->room = room;
	}
	table->entries[table->count++] = *entry;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct entry *const one = *(struct entry *const *)a;
	const struct entry *const other = *(struct entry *const *)b;
	const int order = strcmp(one->uid, other->uid);

	/* Of twins, the first in the list. */
	return order != 0 ? order : one < other ? -1 : 1;
}

void table_sort(struct table *table)
{
	table->sorted = calloc(table->count + 1, sizeof(*table->sorted));
	if (table->sorted == NULL) {
		fputs("<3>keep-mail: no memory\n", stderr);
		_exit(75);
	}
	for (size_t i = 0; i < table->count; i++)
		table->sorted[i] = &table->entries[i];
	qsort(table->sorted, table->count, sizeof(*table->sorted), compare);
}

struct entry *table_find(const struct table *table, const char *uid)
{
	size_t from = 0, to = table->count;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (strcmp(table->sorted[middle]->uid, uid) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < table->count && strcmp(table->sorted[from]->uid, uid) == 0
		       ? table->sorted[from]
		       : NULL;
}

/* STATE SINCE UID[ KEY], where the key is not the unique-id itself. */
static bool take(struct table *table, char *line)
{
	char *const time = line + 2;
	char *const blank =
		line[0] && line[1] == ' ' ? strchr(time, ' ') : NULL;
	struct entry entry = { 0 };
	char *key;

	if (blank == NULL || strchr("hga", line[0]) == NULL ||
	    !number_parse(time, (size_t)(blank - time), &entry.since))
		return false;
	entry.state = (enum entry_state)line[0];
	entry.uid = blank + 1;
	key = strchr(entry.uid, ' ');
	if (key != NULL)
		*key++ = '\0';
	entry.key = key != NULL ? key : entry.uid;
	return entry.uid[0] != '\0' && table_add(table, &entry);
}

static bool take_all(struct table *table)
{
	char *line = table->text + strlen(head);
	char *end;
	uint64_t count;

	if (strncmp(table->text, head, strlen(head)) != 0)
		return false;
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (strncmp(line, "end ", 4) == 0)
			return number_parse(line + 4, strlen(line + 4),
					    &count) &&
			       count == table->count &&
			       end + 1 == table->text + table->len;
		if (!take(table, line))
			return false;
	}
	return false;
}

const char *table_read(struct table *table, int folder)
{
	const int fd = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	memset(table, 0, sizeof(*table));
	if (fd < 0 && errno == ENOENT) {
		table_sort(table);
		return NULL;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return "it does not open";
	errno = 0;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return "no file of ours";
	table->text = table_slurp(fd, TABLE_OCTETS, &table->len);
	close(fd);
	if (table->text == NULL)
		return "it cannot be read";
	errno = 0;
	if (!take_all(table))
		return "it is damaged; without it deleted mail is there again";
	table_sort(table);
	return NULL;
}

static bool same(const struct table *table, const struct table *before)
{
	if (before == NULL || table->count != before->count)
		return false;
	for (size_t i = 0; i < table->count; i++) {
		const struct entry *const a = &table->entries[i];
		const struct entry *const b = &before->entries[i];

		if (a->state != b->state || a->since != b->since ||
		    strcmp(a->uid, b->uid) != 0 || strcmp(a->key, b->key) != 0)
			return false;
	}
	return true;
}

static void print(FILE *out, const struct table *table)
{
	fputs(head, out);
	for (size_t i = 0; i < table->count; i++) {
		const struct entry *const e = &table->entries[i];
		const bool key = strcmp(e->uid, e->key) != 0;

		fprintf(out, "%c %" PRIu64 " %s%s%s\n", e->state, e->since,
			e->uid, key ? " " : "", key ? e->key : "");
	}
	fprintf(out, "end %zu\n", table->count);
}

int table_write(const struct table *table, int folder,
		const struct table *before)
{
	FILE *out;
	int fd, r = 0;

	if (same(table, before))
		return 0;
	fd = openat(folder, next_file,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out == NULL)
		return -errno;
	print(out, table);
	if (fflush(out) != 0 || fsync(fd) < 0)
		r = -errno;
	if (fclose(out) != 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(folder, next_file, folder, file) < 0)
		r = -errno;
	if (r == 0 && fsync(folder) < 0)
		r = -errno;
	return r;
}

void table_digest(const char *text, char hex[33])
{
	struct sha256 s;
	uint8_t digest[32];

	sha256_start(&s);
	sha256_add(&s, text, strlen(text));
	sha256_end(&s, digest);
	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

const char *table_uid(const char *key)
{
	const size_t len = strlen(key);
	/* What looks as a digest might be another key's. */
	const bool digest = len == 32 && strspn(key, "0123456789abcdef") == len;
	char *hex;

	for (size_t i = 0; len <= UID_MOST && !digest; i++) {
		if (key[i] == '\0')
			return key;
		if (key[i] < '!' || key[i] > '~')
			break;
	}
	hex = malloc(33);
	if (hex != NULL)
		table_digest(key, hex);
	return hex;
}
