/* SPDX-License-Identifier: ISC */
#include "backends/maildir/foreign.h"

#include <string.h>

#include "pure/limit.h"
#include "pure/number.h"

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
const char *foreign_dovecot_head(struct foreign_list *list, const char *at,
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
const char *foreign_dovecot_line(const struct foreign_list *list,
				 const char *at, const char *end,
				 struct foreign_entry *entry)
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
const char *foreign_courier_head(struct foreign_list *list, const char *at,
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
const char *foreign_courier_line(const char *at, const char *end,
				 struct foreign_entry *entry)
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

bool foreign_format(struct text *to, const char *at,
		    const struct foreign_entry *entry)
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
