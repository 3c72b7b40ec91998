/* SPDX-License-Identifier: ISC */
#include "backends/maildir/name.h"

#include <string.h>

#include "pure/wire.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t name_unique(const char *name, size_t len)
{
	size_t n = 0;

	while (n < len && name[n] != ':' && name[n] != ',')
		n++;
	return n;
}

uint64_t name_time(const char *name, size_t len)
{
	uint64_t time = 0;

	for (size_t i = 0; i < len && is_digit(name[i]); i++) {
		uint64_t digit = (uint64_t)(name[i] - '0');

		if (time > (UINT64_MAX - digit) / 10)
			return UINT64_MAX;
		time = time * 10 + digit;
	}
	return time;
}

/*
 * More than twelve digits are no size of a mail, but a name that somebody made
 * up; pop3-skel takes no such number, and so no list with it.
 */
static bool parse_size(const char *text, size_t len, uint64_t *octets)
{
	uint64_t sum = 0;
	size_t n = 0;

	for (; n < len && is_digit(text[n]); n++) {
		if (n == 12)
			return false;
		sum = sum * 10 + (uint64_t)(text[n] - '0');
	}
	if (!n || (n < len && text[n] != ',' && text[n] != ':'))
		return false;
	*octets = sum;
	return true;
}

bool name_size(const char *name, size_t len, uint64_t *octets)
{
	for (size_t i = name_unique(name, len); i + 3 < len; i++) {
		if (name[i] == ':')
			return false;
		if (memcmp(name + i, ",W=", 3) == 0)
			return parse_size(name + i + 3, len - i - 3, octets);
	}
	return false;
}

const char *name_unservable(const char *name, size_t len)
{
	if (len > NAME_LENGTH)
		return "name too long";
	if (!name_unique(name, len > 0))
		return "name has no unique part";
	if (wire_has_control(&(struct wire_field){ name, len }))
		return "control character in name";
	return NULL;
}
