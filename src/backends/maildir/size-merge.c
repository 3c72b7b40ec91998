/* SPDX-License-Identifier: ISC */
#include "backends/maildir/size-merge.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define OCTETS_BITS 43

/* How the unique part of the last line stands to that of the message at i. */
static int compare(const struct listing *listing, const struct size_reader *at,
		   size_t i)
{
	return listing_compare(listing, at->time, at->unique, at->unique_len,
			       i);
}

/* From i on: the first message that does not come before the last line. */
static size_t seek(const struct listing *listing, const struct size_reader *at,
		   size_t i)
{
	for (; i < listing->count; i++) {
		const int order = compare(listing, at, i);

		if (order < 0 ||
		    (!order && listing->messages[i].inode >= at->inode))
			break;
	}
	return i;
}

/* Whether the last line is of the message at i: of it, or of it and twins. */
static bool matches(const struct listing *listing, const struct size_reader *at,
		    size_t i)
{
	return i < listing->count && !compare(listing, at, i) &&
	       (!at->inode || listing->messages[i].inode == at->inode);
}

static int set_id(struct listing *listing, struct mail *message,
		  const struct size_line *line)
{
	return line->uid_len ? listing_set_id(listing, message, line->uid,
					      line->uid_len)
			     : 0;
}

/*
 * What a line says of the messages that it matches, from i on; its octets are
 * those of one file, and not of another that has got its name. One that had no
 * twin when it was written may have one now; which of them it was is not known,
 * but a unique-id that a client has is to stay with one, whose flags may change.
 */
static int apply(struct listing *listing, const struct size_reader *at,
		 size_t i, const struct size_line *line)
{
	const int r = set_id(listing, &listing->messages[i], line);

	if (!line->inode && listing_twin(listing, i))
		return r;
	/* Two names of one file have the unique-id once. */
	for (; !r && matches(listing, at, i); i++) {
		struct mail *const message = &listing->messages[i];

		message->twin = line->inode;
		if (!line->counted || message->counted ||
		    line->counted_inode != message->inode)
			continue;
		message->octets =
			line->octets & ((UINT64_C(1) << OCTETS_BITS) - 1);
		message->counted = true;
	}
	return r;
}

/* Back to the first line. */
static int again(struct size_reader *from)
{
	if (lseek(from->fd, 0, SEEK_SET))
		return -errno;
	size_file_start(from, from->fd);
	return 0;
}

/* Sets *lost where a unique-id belongs to an inode that is not listed. */
static int learn(struct listing *listing, struct size_reader *from, bool *lost)
{
	struct size_line line;
	size_t i = 0;
	int more = 0;
	int r = 0;

	while (!r && (more = size_file_read(from, &line)) > 0) {
		i = seek(listing, from, i);
		if (matches(listing, from, i))
			r = apply(listing, from, i, &line);
		else
			*lost |= line.uid_len && line.inode;
	}
	return !r && more < 0 ? -EBADMSG : r;
}

/*
 * A restore gives files other inodes: a unique-id that lost its file goes to
 * one of its unique part that no line is about.
 */
static int restore(struct listing *listing, struct size_reader *from)
{
	struct mail *const all = listing->messages;
	struct size_line line;
	size_t own = 0;
	size_t i = 0;
	int more = 0;
	int r = again(from);

	while (!r && (more = size_file_read(from, &line)) > 0) {
		int order = -1;

		own = seek(listing, from, own);
		if (!line.uid_len || !line.inode || matches(listing, from, own))
			continue;
		while (i < listing->count &&
		       ((order = compare(listing, from, i)) > 0 ||
			(!order && (all[i].twin || all[i].id))))
			i++;
		if (i == listing->count || order)
			continue;
		all[i].twin = true;
		r = set_id(listing, &all[i], &line);
	}
	return !r && more < 0 ? -EBADMSG : r;
}

static void forget(struct listing *listing, bool sizes)
{
	for (size_t i = 0; i < listing->count; i++) {
		struct mail *const message = &listing->messages[i];

		message->twin = false;
		message->id = 0;
		if (sizes)
			message->counted = false;
	}
}

int size_merge(struct listing *listing, struct size_reader *from)
{
	const size_t used = listing->used;
	bool lost = false;
	int r;

	forget(listing, false);
	r = learn(listing, from, &lost);
	if (!r && lost)
		r = restore(listing, from);
	if (!r && *from->form)
		r = listing_ids_differ(listing);
	if (r == -EBADMSG && !from->why && !from->error)
		from->why = "a double unique-id";
	if (!r)
		return 0;
	forget(listing, true);
	listing->used = used;
	return r;
}

/* The line of the message at i, if there is something to say. */
static void write_message(const struct listing *listing, size_t i,
			  struct size_writer *to)
{
	const struct mail *const message = &listing->messages[i];
	struct size_line line = {
		.counted = message->counted,
		.octets = message->octets,
		.counted_inode = message->inode,
		.inode = message->twin ? message->inode : 0,
		.unique = listing_name(listing, message),
		.unique_len = message->unique,
	};

	if (!line.counted && !line.inode && !message->id)
		return;
	if (message->id) {
		line.uid = listing->names + message->id;
		line.uid_len = strlen(line.uid);
	}
	size_file_write(to, &line);
}

/*
 * The messages before `end`, from i on. Of two names of one file the first that
 * is left speaks for both.
 */
static void write_messages(const struct listing *listing, size_t i, size_t end,
			   struct size_writer *to)
{
	const struct mail *const all = listing->messages;

	size_t last = end;

	for (; i < end; i++) {
		if (all[i].removed ||
		    (last != end && all[i].inode == all[last].inode &&
		     listing_same_unique(listing, last, i)))
			continue;
		write_message(listing, i, to);
		last = i;
	}
}

/*
 * Whether a line that matches no message, and would stand before the one at i,
 * stays. A line of a twin can stand with twins' alone: where the one message
 * that is left of its unique part is none, it goes.
 */
static bool stays(const struct listing *listing, const struct size_reader *at,
		  size_t i, const struct size_line *line, bool all)
{
	const struct mail *const messages = listing->messages;

	if (i < listing->count && !compare(listing, at, i))
		return messages[i].twin;
	if (i > 0 && !compare(listing, at, i - 1))
		return messages[i - 1].twin;
	return all || size_file_lasting(line);
}

int size_merge_write(const struct listing *listing, struct size_reader *from,
		     struct size_writer *to, bool all)
{
	struct size_line line;
	size_t written = 0;
	int more = 0;

	while (from && (more = size_file_read(from, &line)) > 0) {
		const size_t i = seek(listing, from, written);

		write_messages(listing, written, i, to);
		written = i;
		if (!matches(listing, from, i) &&
		    stays(listing, from, i, &line, all))
			size_file_write(to, &line);
	}
	write_messages(listing, written, listing->count, to);
	return more < 0 ? -EBADMSG : 0;
}
