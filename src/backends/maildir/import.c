/* SPDX-License-Identifier: ISC */
#include "backends/maildir/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/maildir/foreign.h"
#include "backends/maildir/name.h"
#include "pure/limit.h"

/* As Dovecot has it where nothing else is set. */
static const char dovecot_format[] = "%08Xu%08Xv";

static const char *format_of(const char *form)
{
	const char *const colon = strchr(form, ':');

	return colon ? colon + 1 : dovecot_format;
}

bool import_known(const char *form)
{
	if (strcmp(form, "courier") == 0 || strcmp(form, "name") == 0 ||
	    strcmp(form, "dovecot") == 0)
		return true;
	return strncmp(form, "dovecot:", 8) == 0 &&
	       foreign_format(NULL, form + 8, NULL);
}

size_t import_name(const char *form)
{
	return strcspn(form, ":");
}

const char *import_file(const char *form)
{
	return form[0] == 'd'	? "dovecot-uidlist"
	       : form[0] == 'c' ? "courierpop3dsizelist"
				: NULL;
}

static bool legal(const struct text *id)
{
	for (size_t i = 0; i < id->len; i++)
		if (id->data[i] <= ' ' || id->data[i] > '~')
			return false;
	return id->len > 0 && id->len <= LIMIT_UNIQUE_ID && !id->cut;
}

/* Nothing, for a message that is no more. */
static int give(struct import *import, const char *format,
		const struct foreign_entry *entry, struct listing *listing)
{
	char data[LIMIT_UNIQUE_ID + 1];
	struct text id = { .data = data, .size = sizeof(data) };
	struct mail *message;
	size_t first;

	if (listing_find(listing, entry->name,
			 name_unique(entry->name, entry->len), &first) == 0)
		return 0;
	message = &listing->messages[first];
	if (entry->own)
		text_add(&id, entry->own, entry->own_len);
	else
		foreign_format(&id, format, entry);
	if (!legal(&id)) {
		import->why = "an illegal unique-id";
		return -EBADMSG;
	}
	if (entry->counted && !message->counted && !(entry->octets >> 43)) {
		message->octets = entry->octets & ((UINT64_C(1) << 43) - 1);
		message->counted = true;
	}
	return listing_set_id(listing, message, id.data, id.len);
}

static int take_line(struct import *import, struct foreign_list *list,
		     const char *at, const char *end, struct listing *listing)
{
	const bool courier = import->form[0] == 'c';
	struct foreign_entry entry = { 0 };

	if (!list->headed) {
		list->headed = true;
		import->why = courier ? foreign_courier_head(list, at, end)
				      : foreign_dovecot_head(list, at, end);
	} else {
		import->why =
			courier ? foreign_courier_line(at, end, &entry)
				: foreign_dovecot_line(list, at, end, &entry);
	}
	if (import->why)
		return -EBADMSG;
	/* Courier gives no number to what it did not tell of yet. */
	if (!entry.name || (courier && entry.uid == 0))
		return 0;
	return give(import, courier ? "UID%u-%v" : format_of(import->form),
		    &entry, listing);
}

/* Piece by piece, line by line; the last one ends in LF as well. */
static int take_lines(struct import *import, int fd, struct listing *listing)
{
	struct foreign_list list = { 0 };
	size_t held = 0;
	int r = 0;

	for (;;) {
		const char *at = import->data;
		const char *lf;
		const ssize_t n =
			read(fd, import->data + held, import->size - held);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			import->error = errno;
			return -EBADMSG;
		}
		held += (size_t)n;
		while (!r && (lf = memchr(at, '\n', held)) != NULL) {
			r = take_line(import, &list, at, lf, listing);
			held -= (size_t)(lf + 1 - at);
			at = lf + 1;
		}
		if (r)
			return r;
		memmove(import->data, at, held);
		if (n == 0 || held == import->size)
			break;
	}
	if (held == 0 && list.headed)
		return 0;
	import->why = "cut off, or a line too long";
	return -EBADMSG;
}

/* Of a name with fields, as in 1.a.host,S=10,W=11, all before its flags. */
static int take_names(struct import *import, struct listing *listing)
{
	int r = 0;

	for (size_t i = 0; i < listing->count && !r; i++) {
		struct mail *const message = &listing->messages[i];
		const char *const name = listing_name(listing, message);
		const struct text id = { .data = (char *)(uintptr_t)name,
					 .len = strcspn(name, ":") };

		if (id.len == message->unique || message->odd)
			continue;
		if (!legal(&id)) {
			import->why = "a name that is no unique-id";
			return -EBADMSG;
		}
		r = listing_set_id(listing, message, id.data, id.len);
	}
	return r ? r : 1;
}

static int take_file(struct import *import, const char *path,
		     struct listing *listing)
{
	const int fd = openat(AT_FDCWD, path,
			      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				      O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st)) {
		import->error = errno;
		r = -EBADMSG;
	} else if (!S_ISREG(st.st_mode)) {
		import->why = "not a regular file";
		r = -EBADMSG;
	} else {
		r = take_lines(import, fd, listing);
	}
	if (fd >= 0)
		close(fd);
	return r ? r : 1;
}

int import_take(struct import *import, const char *path,
		struct listing *listing)
{
	int there;
	int r;

	import->why = NULL;
	import->error = 0;
	there = import_file(import->form) ? take_file(import, path, listing)
					  : take_names(import, listing);
	if (there < 0)
		return there;
	r = listing_ids_differ(listing);
	if (r == -EBADMSG)
		import->why = "a double unique-id";
	return r ? r : there;
}
