/* SPDX-License-Identifier: ISC */
#include "maildrop/maildrop.h"

#include <stdlib.h>
#include <string.h>

#include "pure/sha256.h"

void maildrop_init(struct maildrop *d)
{
	*d = (struct maildrop){ .count = 0 };
}

void maildrop_free(struct maildrop *d)
{
	free(d->messages);
	free(d->text);
	maildrop_init(d);
}

/*
 * What is taken at once. Pages cost nothing until they are touched, and a
 * block of this size is mapped as one, in any libc.
 */
enum { FIRST_MESSAGES = 4096, FIRST_TEXT = 256 << 10 };

/* Makes room for `need` more of a thing; the block may move. */
static void *grow(void *block, size_t len, size_t need, size_t *room,
		  size_t first, size_t size)
{
	size_t wanted = *room > 0 ? *room : first;
	void *moved;

	if (len + need <= *room)
		return block;
	while (wanted < len + need)
		wanted *= 2;
	moved = realloc(block, wanted * size);
	if (moved != NULL)
		*room = wanted;
	return moved;
}

/* Copies a string, with a NUL behind it, and returns its offset; 0 fails. */
static uint32_t keep(struct maildrop *d, const char *text, size_t len)
{
	/* Offset 0 stays unused, so that it can mean none. */
	const size_t at = d->text_len > 0 ? d->text_len : 1;
	char *moved;

	if (at + len + 1 > LIMIT_MAILDROP_TEXT)
		return 0;
	moved = grow(d->text, at, len + 1, &d->text_room, FIRST_TEXT, 1);
	if (moved == NULL)
		return 0;
	d->text = moved;
	memcpy(d->text + at, text, len);
	d->text[at + len] = '\0';
	d->text_len = at + len + 1;
	return (uint32_t)at;
}

/* Why it could not be kept. */
static const char *not_kept(const struct maildrop *d, size_t len)
{
	return d->text_len + len + 2 > LIMIT_MAILDROP_TEXT
		       ? "unique-ids and paths too large"
		       : "out of memory";
}

/* A unique-id from a path: the file's name up to the first ":" or ",". */
static void uid_from_path(struct message *m, const char *path)
{
	const char *const slash = strrchr(path, '/');
	const size_t start = (size_t)(slash - path) + 1;

	m->uid = m->path + (uint32_t)start;
	m->uid_len = (uint16_t)strcspn(path + start, ":,");
}

const char *maildrop_add(struct maildrop *d, uint64_t octets, const char *uid,
			 size_t uid_len, const char *path, size_t path_len)
{
	struct message m = { .octets = octets,
			     .spool = SPOOL_NONE,
			     .told = octets != OCTETS_UNKNOWN,
			     .dash = uid_len == 1 && uid[0] == '-' };
	struct message *moved;

	if (d->count == LIMIT_MESSAGES)
		return "too many messages";
	if (path != NULL) {
		if (path_len == 0 || path[0] != '/')
			return "path not absolute";
		if (path_len >= LIMIT_PATH)
			return "path too long";
		m.path = keep(d, path, path_len);
		m.path_len = (uint16_t)path_len;
		if (m.path == 0)
			return not_kept(d, path_len);
	}
	if (!m.dash) {
		m.uid = keep(d, uid, uid_len);
		m.uid_len = (uint16_t)uid_len;
		if (m.uid == 0)
			return not_kept(d, uid_len);
	} else if (path != NULL) {
		uid_from_path(&m, d->text + m.path);
	}
	moved = grow(d->messages, d->count, 1, &d->room, FIRST_MESSAGES,
		     sizeof(*moved));
	if (moved == NULL)
		return "out of memory";
	d->messages = moved;
	d->messages[d->count++] = m;
	d->unique = false;
	return NULL;
}

struct message *maildrop_get(const struct maildrop *d, uint64_t number)
{
	if (number < 1 || number > d->count || d->messages[number - 1].marked)
		return NULL;
	return &d->messages[number - 1];
}

const char *maildrop_given_uid(const struct maildrop *d,
			       const struct message *m, size_t *len)
{
	*len = m->dash ? 1 : m->uid_len;
	return m->dash ? "-" : d->text + m->uid;
}

const char *maildrop_path(const struct maildrop *d, const struct message *m)
{
	return m->path != 0 ? d->text + m->path : NULL;
}

void maildrop_found_octets(struct message *m, uint64_t octets)
{
	if (!m->told)
		m->octets = octets;
}

bool maildrop_needs_body_id(const struct message *m)
{
	return m->uid == 0;
}

static void hex(const uint8_t digest[32], char out[64])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
}

const char *maildrop_set_body_id(struct maildrop *d, struct message *m,
				 const uint8_t digest[32])
{
	char text[64];

	hex(digest, text);
	m->uid = keep(d, text, sizeof(text));
	m->uid_len = sizeof(text);
	d->unique = false;
	return m->uid != 0 ? NULL : not_kept(d, sizeof(text));
}

static bool allowed(const char *uid, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (uid[i] < 0x21 || uid[i] > 0x7e)
			return false;
	return len >= 1 && len <= LIMIT_UNIQUE_ID;
}

/* Orders two strings by their octets, a shorter one first. */
static int compare_text(const char *a, size_t a_len, const char *b,
			size_t b_len)
{
	const int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (order != 0)
		return order;
	return (a_len > b_len) - (a_len < b_len);
}

static int compare_uid(const struct maildrop *d, const struct message *a,
		       const struct message *b)
{
	return compare_text(d->text + a->uid, a->uid_len, d->text + b->uid,
			    b->uid_len);
}

static int compare_path(const struct maildrop *d, const struct message *a,
			const struct message *b)
{
	return compare_text(d->text + a->path, a->path_len, d->text + b->path,
			    b->path_len);
}

/* By unique-id, then path, then number. */
static int compare(const struct maildrop *d, uint32_t left, uint32_t right)
{
	const struct message *const a = &d->messages[left];
	const struct message *const b = &d->messages[right];
	int order = compare_uid(d, a, b);

	if (order == 0)
		order = compare_path(d, a, b);
	return order != 0 ? order : (left > right) - (left < right);
}

/*
 * Heap sort, in place: no worst case to be had from hostile names, and musl
 * of this age has no qsort_r.
 */
static void sift(const struct maildrop *d, uint32_t *order, size_t root,
		 size_t n)
{
	for (;;) {
		size_t child = 2 * root + 1;
		const uint32_t held = order[root];

		if (child >= n)
			return;
		if (child + 1 < n &&
		    compare(d, order[child], order[child + 1]) < 0)
			child++;
		if (compare(d, held, order[child]) >= 0)
			return;
		order[root] = order[child];
		order[child] = held;
		root = child;
	}
}

bool maildrop_find_twins(struct maildrop *d)
{
	uint32_t *order;

	if (d->text == NULL || d->unique)
		return true;
	order = calloc(d->count, sizeof(*order));
	if (order == NULL)
		return false;
	for (size_t i = 0; i < d->count; i++)
		order[i] = (uint32_t)i;
	for (size_t i = d->count / 2; i-- > 0;)
		sift(d, order, i, d->count);
	for (size_t n = d->count; n-- > 1;) {
		const uint32_t last = order[n];

		order[n] = order[0];
		order[0] = last;
		sift(d, order, 0, n);
	}
	d->twins[0] = d->twins[1] = 0;
	for (size_t i = 0; i < d->count; i++) {
		d->messages[i].twin = false;
		d->messages[i].rank = 0;
	}
	for (size_t i = 1; i < d->count; i++) {
		struct message *const a = &d->messages[order[i - 1]];
		struct message *const b = &d->messages[order[i]];

		if (a->uid == 0 || compare_uid(d, a, b) != 0)
			continue;
		a->twin = b->twin = true;
		if (d->twins[0] == 0) {
			d->twins[0] = order[i - 1] + 1;
			d->twins[1] = order[i] + 1;
		}
		if (compare_path(d, a, b) == 0)
			b->rank = a->rank + 1;
	}
	free(order);
	d->unique = true;
	return true;
}

size_t maildrop_unique_id(struct maildrop *d, const struct message *m,
			  char out[LIMIT_UNIQUE_ID])
{
	const char *const uid = d->text != NULL ? d->text + m->uid : "";
	const uint32_t number = (uint32_t)(m - d->messages) + 1;
	struct sha256 hash;
	uint8_t digest[32];
	uint32_t which;

	maildrop_find_twins(d);
	/* Without a unique-id its body could not be had: any will do. */
	which = m->uid != 0 ? m->rank : number;
	if (!m->twin && allowed(uid, m->uid_len)) {
		memcpy(out, uid, m->uid_len);
		return m->uid_len;
	}
	sha256_start(&hash);
	sha256_add(&hash, uid, m->uid_len);
	if (m->twin) {
		sha256_add(&hash, "", 1);
		sha256_add(&hash, d->text + m->path, m->path_len);
	}
	if (which > 0) {
		const uint8_t octets[5] = { 0, (uint8_t)(which >> 24),
					    (uint8_t)(which >> 16),
					    (uint8_t)(which >> 8),
					    (uint8_t)which };

		sha256_add(&hash, octets, sizeof(octets));
	}
	sha256_end(&hash, digest);
	hex(digest, out);
	return 64;
}

void maildrop_reset(struct maildrop *d)
{
	for (size_t i = 0; i < d->count; i++)
		d->messages[i].marked = d->messages[i].fetched = false;
}
