/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/maildir/listing.h"
#include "backends/maildir/name.h"
#include "pure/sha256.h"
#include "pure/text.h"

/*
 * What is taken at once. Pages cost nothing until they are touched, and a block
 * of this size is mapped as one, in any libc: it grows without being copied.
 */
#define FIRST_MESSAGES 8192
#define FIRST_NAMES (256 << 10)

/* So many are sorted without an allocation. */
#define FEW 256

/* As realloc, of a block that may not be malloc's. */
static void *grow(void *block, size_t old, size_t size, bool *owned)
{
	void *grown = realloc(*owned ? block : NULL, size);

	if (!grown)
		return NULL;
	if (!*owned && old)
		memcpy(grown, block, old);
	*owned = true;
	return grown;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static int grow_messages(struct listing *listing)
{
	size_t room = larger(listing->room * 2, FIRST_MESSAGES);
	struct mail *grown;

	grown = grow(listing->messages, listing->room * sizeof(*grown),
		     room * sizeof(*grown), &listing->messages_owned);
	if (!grown)
		return -ENOMEM;
	listing->messages = grown;
	listing->room = room;
	return 0;
}

static int grow_names(struct listing *listing)
{
	size_t size = larger(listing->size * 2, FIRST_NAMES);
	char *grown;

	if (size > LISTING_NAMES)
		return -EOVERFLOW;
	grown = grow(listing->names, listing->size, size,
		     &listing->names_owned);
	if (!grown)
		return -ENOMEM;
	listing->names = grown;
	listing->size = size;
	return 0;
}

int listing_add(struct listing *listing, const char *name, size_t len,
		unsigned int folder, uint64_t inode, bool odd)
{
	int r = 0;

	if (len > NAME_LENGTH)
		len = NAME_LENGTH;
	if (listing->count == listing->room)
		r = grow_messages(listing);
	if (!r && listing->size - listing->used < len + 1)
		r = grow_names(listing);
	if (r)
		return r;
	listing->messages[listing->count++] = (struct mail){
		.time = name_time(name, len),
		.inode = inode,
		.name = (uint32_t)listing->used,
		.len = len & 255,
		.unique = name_unique(name, len) & 255,
		.folder = folder != 0,
		.odd = odd,
	};
	memcpy(listing->names + listing->used, name, len);
	listing->names[listing->used + len] = '\0';
	listing->used += len + 1;
	return 0;
}

const char *listing_name(const struct listing *listing,
			 const struct mail *message)
{
	return listing->names + message->name;
}

static int compare(const struct listing *listing, const struct mail *a,
		   const struct mail *b)
{
	const char *a_name = listing_name(listing, a);
	const char *b_name = listing_name(listing, b);
	int order;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	order = text_compare(a_name, a->unique, b_name, b->unique);
	if (!order)
		order = (a->inode > b->inode) - (a->inode < b->inode);
	if (!order)
		order = text_compare(a_name, a->len, b_name, b->len);
	if (!order)
		order = (a->folder > b->folder) - (a->folder < b->folder);
	return order;
}

static void merge(const struct listing *listing, const uint32_t *from,
		  size_t middle, size_t end, uint32_t *to)
{
	const struct mail *const messages = listing->messages;
	size_t left = 0;
	size_t right = middle;

	for (size_t i = 0; i < end; i++) {
		bool take_left =
			right == end || (left < middle &&
					 compare(listing, &messages[from[left]],
						 &messages[from[right]]) <= 0);

		to[i] = take_left ? from[left++] : from[right++];
	}
}

static bool in_order(const struct listing *listing)
{
	for (size_t i = 1; i < listing->count; i++)
		if (compare(listing, &listing->messages[i - 1],
			    &listing->messages[i]) > 0)
			return false;
	return true;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* At i is to be what is at order[i]: each goes where it belongs, in rings. */
static void arrange(struct mail *messages, uint32_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct mail first = messages[i];
		size_t to = i;

		for (size_t from; (from = order[to]) != i; to = from) {
			messages[to] = messages[from];
			order[to] = (uint32_t)to;
		}
		messages[to] = first;
		order[to] = (uint32_t)to;
	}
}

/*
 * A merge sort from the bottom up, of numbers: no recursion, n log n for any
 * folder, and a message is moved once.
 */
int listing_sort(struct listing *listing)
{
	const size_t count = listing->count;
	uint32_t few[2 * FEW];
	uint32_t *both = few;
	uint32_t *from;
	uint32_t *to;

	if (in_order(listing))
		return 0;
	if (count > FEW)
		both = calloc(count, 2 * sizeof(*both));
	if (!both)
		return -ENOMEM;
	from = both;
	to = both + count;
	for (size_t i = 0; i < count; i++)
		from[i] = (uint32_t)i;
	for (size_t width = 1; width < count; width *= 2) {
		uint32_t *merged = to;

		for (size_t i = 0; i < count; i += 2 * width)
			merge(listing, from + i, smaller(width, count - i),
			      smaller(2 * width, count - i), to + i);
		to = from;
		from = merged;
	}
	arrange(listing->messages, from, count);
	if (both != few)
		free(both);
	return 0;
}

bool listing_same_unique(const struct listing *listing, size_t i, size_t j)
{
	const struct mail *a = &listing->messages[i];
	const struct mail *b = &listing->messages[j];

	return a->time == b->time &&
	       text_compare(listing_name(listing, a), a->unique,
			    listing_name(listing, b), b->unique) == 0;
}

bool listing_twin(const struct listing *listing, size_t i)
{
	return (i > 0 && listing_same_unique(listing, i - 1, i)) ||
	       (i + 1 < listing->count &&
		listing_same_unique(listing, i, i + 1));
}

/* As compare(), of a unique part alone. */
static int compare_unique(const struct listing *listing, uint64_t time,
			  const char *name, size_t unique,
			  const struct mail *message)
{
	if (time != message->time)
		return time < message->time ? -1 : 1;
	return text_compare(name, unique, listing_name(listing, message),
			    message->unique);
}

int listing_compare(const struct listing *listing, uint64_t time,
		    const char *unique, size_t len, size_t i)
{
	return compare_unique(listing, time, unique, len,
			      &listing->messages[i]);
}

int listing_set_id(struct listing *listing, struct mail *message,
		   const char *id, size_t len)
{
	if (listing->size - listing->used < len + 1) {
		const int r = grow_names(listing);

		if (r)
			return r;
	}
	message->id = (uint32_t)listing->used;
	memcpy(listing->names + listing->used, id, len);
	listing->names[listing->used + len] = '\0';
	listing->used += len + 1;
	return 0;
}

static int compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

/*
 * By the first octets of their SHA-256, for names somebody else may have made
 * up: 64 bits of a million of them are not the same by chance.
 */
int listing_ids_differ(const struct listing *listing)
{
	struct {
		uint8_t octets[8];
	} *const hashes = calloc(listing->count, sizeof(*hashes));
	size_t n = 0;
	int r = 0;

	if (!hashes && listing->count)
		return -ENOMEM;
	for (size_t i = 0; i < listing->count; i++) {
		const char *id = listing->names + listing->messages[i].id;
		struct sha256 hash;
		uint8_t digest[32];

		if (!listing->messages[i].id)
			continue;
		sha256_start(&hash);
		sha256_add(&hash, id, strlen(id));
		sha256_end(&hash, digest);
		memcpy(hashes[n++].octets, digest, 8);
	}
	qsort(hashes, n, sizeof(*hashes), compare_hashes);
	for (size_t i = 1; i < n; i++)
		if (!compare_hashes(&hashes[i - 1], &hashes[i]))
			r = -EBADMSG;
	free(hashes);
	return r;
}

size_t listing_find(const struct listing *listing, const char *name,
		    size_t unique, size_t *first)
{
	uint64_t time = name_time(name, unique);
	size_t low = 0;
	size_t high = listing->count;
	size_t found = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_unique(listing, time, name, unique,
				   &listing->messages[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (low + found < listing->count &&
	       compare_unique(listing, time, name, unique,
			      &listing->messages[low + found]) == 0)
		found++;
	return found;
}

static bool letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static bool has(const struct listing *listing, const char *name,
		const struct mail *message)
{
	size_t first;
	size_t found = listing_find(listing, name, message->unique, &first);

	while (found--)
		if (listing->messages[first + found].inode == message->inode)
			return true;
	return false;
}

bool listing_remains(const struct listing *listing, const char *name,
		     size_t unique, const struct listing *known)
{
	size_t i;

	listing_find(listing, name, unique, &i);
	for (; i < listing->count; i++) {
		const struct mail *message = &listing->messages[i];
		const char *other = listing_name(listing, message);

		if (message->unique <= unique || memcmp(other, name, unique))
			return false;
		if (!letter_or_digit(other[unique]) &&
		    !has(known, other, message))
			return true;
	}
	return false;
}

void listing_empty(struct listing *listing)
{
	listing->count = 0;
	listing->used = 0;
}
