/* SPDX-License-Identifier: ISC */
#include "backends/maildir/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/maildir/name.h"
#include "pure/limit.h"
#include "pure/number.h"
#include "pure/text.h"

/* As Dovecot has it where nothing else is set. */
static const char dovecot_format[] = "%08Xu%08Xv";

/* One message of a foreign list. */
struct entry {
	uint64_t uid;
	uint64_t validity;
	const char *own; /* a unique-id that no format makes, or NULL */
	size_t own_len;
	const char *name;
	size_t len;
	bool counted;
	uint64_t octets;
};

/* What the first line of a list says, and how its lines are told. */
struct list {
	const char *format;
	uint64_t validity;
	bool headed;
};

/* The field at *at, up to a blank or the end; steps behind it. */
static struct text field(const char **at, const char *end)
{
	const char *const from = *at;
	const char *const blank = memchr(from, ' ', (size_t)(end - from));
	const char *const to = blank ? blank : end;

	*at = blank ? blank + 1 : end;
	return (struct text){ .data = (char *)(uintptr_t)from,
			      .len = (size_t)(to - from) };
}

static bool number(const struct text *text, size_t skip, uint64_t *to)
{
	return text->len > skip &&
	       number_parse(text->data + skip, text->len - skip, to);
}

/* 3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1 */
static const char *dovecot_head(struct list *list, const char *at,
				const char *end)
{
	struct text word = field(&at, end);

	if (word.len != 1 || word.data[0] != '3')
		return "not of version 3";
	while (at < end) {
		word = field(&at, end);
		if (word.len > 1 && word.data[0] == 'V' &&
		    number(&word, 1, &list->validity))
			return NULL;
	}
	return "it has no UIDVALIDITY";
}

/* 25006 W1394 P0000abcd :1276528487.M364837P9451.host,S=1355,W=1394:2,S */
static const char *dovecot_line(const struct list *list, const char *at,
				const char *end, struct entry *entry)
{
	static const char why[] = "a line that is none of Dovecot's";
	struct text word = field(&at, end);

	entry->validity = list->validity;
	if (!number(&word, 0, &entry->uid))
		return why;
	while (at < end && *at != ':') {
		word = field(&at, end);
		if (word.len > 1 && word.data[0] == 'P') {
			entry->own = word.data + 1;
			entry->own_len = word.len - 1;
		} else if (word.len > 0 && word.data[0] == 'W') {
			entry->counted = number(&word, 1, &entry->octets);
		}
	}
	if (end - at < 2)
		return why;
	entry->name = at + 1;
	entry->len = (size_t)(end - at - 1);
	return NULL;
}

/* /3 5 1795676060, or /2 5 1795676060 */
static const char *courier_head(struct list *list, const char *at,
				const char *end)
{
	const struct text version = field(&at, end);
	const struct text next = field(&at, end);
	const struct text validity = field(&at, end);
	uint64_t n;

	if (version.len != 2 || version.data[0] != '/' ||
	    (version.data[1] != '2' && version.data[1] != '3'))
		return "neither of version 2 nor 3";
	if (!number(&next, 0, &n) || !number(&validity, 0, &list->validity))
		return "it has no UIDVALIDITY";
	return NULL;
}

/* 1700000001.M1P1.host:2, 21 1:1795676060:0, as its last two fields have it. */
static const char *courier_line(const char *at, const char *end,
				struct entry *entry)
{
	static const char why[] = "a line that is none of Courier's";
	const char *const ids = memrchr(at, ' ', (size_t)(end - at));
	const char *const size =
		ids && ids > at ? memrchr(at, ' ', (size_t)(ids - at)) : NULL;
	struct text part;
	const char *colon;
	const char *rest;

	if (!size || size == at)
		return why;
	part = (struct text){ .data = (char *)(uintptr_t)(size + 1),
			      .len = (size_t)(ids - size - 1) };
	entry->counted = number(&part, 0, &entry->octets);
	colon = memchr(ids, ':', (size_t)(end - ids));
	if (!entry->counted || !colon ||
	    !number_parse(ids + 1, (size_t)(colon - ids - 1), &entry->uid))
		return why;
	rest = memchr(colon + 1, ':', (size_t)(end - colon - 1));
	if (!number_parse(colon + 1, (size_t)((rest ? rest : end) - colon - 1),
			  &entry->validity))
		return why;
	entry->name = at;
	entry->len = (size_t)(size - at);
	return NULL;
}

static void add_padded(struct text *to, uint64_t n, unsigned int base,
		       size_t width, char pad)
{
	char digits[20];
	size_t count = 0;

	do
		digits[count++] = "0123456789abcdef"[n % base];
	while ((n /= base) > 0);
	for (; width > count; width--)
		text_add(to, &pad, 1);
	while (count > 0)
		text_add(to, &digits[--count], 1);
}

/*
 * A format of Dovecot's pop3_uidl_format: %u the UID, %v the UIDVALIDITY, %f
 * the name without its flags; with a width, and X for hex. False where it is
 * none, or there are other variables in it. With `to` NULL nothing is written.
 */
static bool format(struct text *to, const char *at, const struct entry *entry)
{
	bool some = false;

	for (; *at; at++) {
		size_t width = 0;
		char pad = ' ';
		unsigned int base = 10;

		if (*at != '%') {
			if (*at <= ' ' || *at > '~')
				return false;
			if (to)
				text_add(to, at, 1);
			continue;
		}
		if (*++at == '%') {
			if (to)
				text_add(to, at, 1);
			continue;
		}
		if (*at == '0')
			pad = *at++;
		while (*at >= '0' && *at <= '9' && width < LIMIT_UNIQUE_ID)
			width = width * 10 + (size_t)(*at++ - '0');
		if (*at == 'X') {
			base = 16;
			at++;
		}
		if (!*at || !strchr("uvf", *at) || (pad == ' ' && width > 0) ||
		    width > LIMIT_UNIQUE_ID ||
		    (*at == 'f' && (width > 0 || base == 16)))
			return false;
		some |= *at != 'v';
		if (!to)
			continue;
		if (*at == 'f')
			text_add(to, entry->name, strcspn(entry->name, ":\n"));
		else
			add_padded(to,
				   *at == 'u' ? entry->uid : entry->validity,
				   base, width, pad);
	}
	return some;
}

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
	       format(NULL, form + 8, NULL);
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
static int give(struct import *import, const struct list *list,
		const struct entry *entry, struct listing *listing)
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
		format(&id, list->format, entry);
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

static int take_line(struct import *import, struct list *list, const char *at,
		     const char *end, struct listing *listing)
{
	const bool courier = import->form[0] == 'c';
	struct entry entry = { 0 };

	if (!list->headed) {
		list->headed = true;
		import->why = courier ? courier_head(list, at, end)
				      : dovecot_head(list, at, end);
	} else {
		import->why = courier ? courier_line(at, end, &entry)
				      : dovecot_line(list, at, end, &entry);
	}
	if (import->why)
		return -EBADMSG;
	/* Courier gives no number to what it did not tell of yet. */
	if (!entry.name || (courier && entry.uid == 0))
		return 0;
	return give(import, list, &entry, listing);
}

/* Piece by piece, line by line; the last one ends in LF as well. */
static int take_lines(struct import *import, int fd, struct listing *listing)
{
	struct list list = {
		.format = import->form[0] == 'c' ? "UID%u-%v"
						 : format_of(import->form),
	};
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
