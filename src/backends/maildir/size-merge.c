/* SPDX-License-Identifier: ISC */
#include "backends/maildir/size-merge.h"

#include <errno.h>
#include <string.h>

/* So many of one unique part are looked at for a line: no list is quadratic. */
#define TWINS 64

#define OCTETS_BITS 43

static int know(struct listing *listing, struct mail *message,
		const struct size_line *line)
{
	if (line->counted && !message->counted) {
		message->octets =
			line->octets & ((UINT64_C(1) << OCTETS_BITS) - 1);
		message->counted = true;
	}
	message->twin |= line->inode != 0;
	if (!line->uid_len || message->id)
		return 0;
	return listing_set_id(listing, message, line->uid, line->uid_len);
}

/*
 * What a line says of the messages with its unique part, from i on. One that
 * had no twin when it was written may have one now; which of them it was is not
 * known, but a unique-id that a client has is to stay with one.
 */
static int apply(struct listing *listing, uint64_t time, size_t i,
		 const struct size_line *line)
{
	struct mail *const first = &listing->messages[i];
	struct size_line left = *line;
	int r = 0;

	if (!line->inode && !listing_twin(listing, i))
		return know(listing, first, line);
	if (!line->inode)
		return line->uid_len && !first->id
			       ? listing_set_id(listing, first, line->uid,
						line->uid_len)
			       : 0;
	for (size_t n = 0; n < TWINS && i + n < listing->count && !r; n++) {
		if (listing_compare(listing, time, line->unique,
				    line->unique_len, i + n) != 0)
			break;
		if (first[n].inode != line->inode)
			continue;
		r = know(listing, &first[n], &left);
		/* Two names of one file have it once. */
		left.uid_len = 0;
	}
	return r;
}

/* The line of the message at i, if there is something to say. */
static void write_message(const struct listing *listing, size_t i,
			  struct size_writer *to)
{
	const struct mail *const message = &listing->messages[i];
	const bool twin = message->twin || listing_twin(listing, i);
	struct size_line line = {
		.counted = message->counted,
		.octets = message->octets,
		.inode = twin ? message->inode : 0,
		.unique = listing_name(listing, message),
		.unique_len = message->unique,
	};

	if (message->removed || (!line.counted && !twin && !message->id))
		return;
	if (message->id) {
		line.uid = listing->names + message->id;
		line.uid_len = strlen(line.uid);
	}
	size_file_write(to, &line);
}

/*
 * One pass over both. Lines of messages that are not listed are written on:
 * whoever wrote them saw more.
 */
static int walk(struct listing *listing, struct size_reader *from,
		struct size_writer *to)
{
	struct size_line line;
	size_t i = 0;
	int more = 0;
	int r = 0;

	while (from && !r && (more = size_file_read(from, &line)) > 0) {
		const uint64_t time = from->time;
		int order = -1;

		for (; i < listing->count; i++) {
			order = listing_compare(listing, time, line.unique,
						line.unique_len, i);
			if (order <= 0)
				break;
			if (to)
				write_message(listing, i, to);
		}
		if (i < listing->count && order == 0)
			r = apply(listing, time, i, &line);
		else if (to)
			size_file_write(to, &line);
	}
	for (; to && i < listing->count; i++)
		write_message(listing, i, to);
	return more < 0 ? -EBADMSG : r;
}

int size_merge(struct listing *listing, struct size_reader *from)
{
	const size_t used = listing->used;
	int r = walk(listing, from, NULL);

	if (!r && *from->form)
		r = listing_ids_differ(listing);
	if (r == -EBADMSG && !from->why && !from->error)
		from->why = "a double unique-id";
	if (!r)
		return 0;
	for (size_t i = 0; i < listing->count; i++) {
		listing->messages[i].counted = listing->messages[i].twin =
			false;
		listing->messages[i].id = 0;
	}
	listing->used = used;
	return r;
}

int size_merge_write(struct listing *listing, struct size_reader *from,
		     struct size_writer *to)
{
	return walk(listing, from, to);
}
