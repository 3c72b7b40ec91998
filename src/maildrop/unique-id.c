/* SPDX-License-Identifier: ISC */
#include "maildrop/unique-id.h"

#include <stdlib.h>
#include <string.h>

#include "pure/sha256.h"
#include "pure/text.h"

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
	return maildrop_set_uid(d, m, text, sizeof(text));
}

static bool allowed(const char *uid, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (uid[i] < 0x21 || uid[i] > 0x7e)
			return false;
	return len >= 1 && len <= LIMIT_UNIQUE_ID;
}

static int compare_uid(const struct maildrop *d, const struct message *a,
		       const struct message *b)
{
	return text_compare(d->text + a->uid, a->uid_len, d->text + b->uid,
			    b->uid_len);
}

static int compare_path(const struct maildrop *d, const struct message *a,
			const struct message *b)
{
	const int order = strcmp(d->text + a->name, d->text + b->name);

	return order != 0 ? order
			  : strcmp(d->text + a->folder, d->text + b->folder);
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
			b->rank = (a->rank + 1) & 0xfffff;
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
		sha256_add(&hash, d->text + m->folder,
			   strlen(d->text + m->folder));
		sha256_add(&hash, d->text + m->name, strlen(d->text + m->name));
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
