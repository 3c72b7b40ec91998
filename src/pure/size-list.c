/* SPDX-License-Identifier: ISC */
#include "pure/size-list.h"

#include <string.h>

#include "pure/number.h"
#include "pure/wire.h"

static const char start[] = "pop3-skel-list 1";
static const char imported[] = " imported ";
static const char end[] = "end ";

/* Cuts a field off that a blank ends; NULL where none does. */
static const char *cut(const char **rest, size_t *left, size_t *len)
{
	const char *const field = *rest;
	size_t n = 0;

	while (n < *left && field[n] != ' ')
		n++;
	if (n == 0 || n == *left)
		return NULL;
	*len = n;
	*rest += n + 1;
	*left -= n + 1;
	return field;
}

static bool is_dash(const char *field, size_t len)
{
	return len == 1 && field[0] == '-';
}

static bool form_allowed(const char *form, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(form[i] >= 'a' && form[i] <= 'z') && form[i] != '-')
			return false;
	return len >= 1 && len <= SIZE_LIST_FORM;
}

const char *size_list_head(const char *line, size_t len,
			   char form[SIZE_LIST_FORM + 1])
{
	const size_t first = sizeof(start) - 1;
	const size_t second = sizeof(imported) - 1;

	form[0] = '\0';
	if (len < first || memcmp(line, start, first) != 0)
		return "not its first line, or another version";
	if (len == first)
		return NULL;
	line += first;
	len -= first;
	if (len < second || memcmp(line, imported, second) != 0 ||
	    !form_allowed(line + second, len - second))
		return "not its first line, or another version";
	memcpy(form, line + second, len - second);
	form[len - second] = '\0';
	return NULL;
}

static bool uid_allowed(const char *uid, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (uid[i] < 0x21 || uid[i] > 0x7e)
			return false;
	return len <= LIMIT_UNIQUE_ID;
}

static bool unique_allowed(const char *unique, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (unique[i] == ':' || unique[i] == ',')
			return false;
	return len >= 1 && len <= SIZE_LIST_UNIQUE &&
	       !wire_has_control(&(struct wire_field){ unique, len });
}

/* N, or N/INODE. */
static bool take_octets(const char *field, size_t len, struct size_line *out)
{
	const char *const slash = memchr(field, '/', len);
	const size_t n = slash != NULL ? (size_t)(slash - field) : len;

	if (!number_parse(field, n, &out->octets) || out->octets >> 43 != 0)
		return false;
	return slash == NULL ||
	       (number_parse(slash + 1, len - n - 1, &out->counted_inode) &&
		out->counted_inode != 0);
}

const char *size_list_line(const char *line, size_t len, struct size_line *out)
{
	size_t octets_len = 0, uid_len = 0, inode_len = 0;
	const char *const octets = cut(&line, &len, &octets_len);
	const char *const uid =
		octets != NULL ? cut(&line, &len, &uid_len) : NULL;
	const char *const inode =
		uid != NULL ? cut(&line, &len, &inode_len) : NULL;

	*out = (struct size_line){ .unique = line, .unique_len = len };
	if (inode == NULL)
		return "a line of too few fields";
	out->counted = !is_dash(octets, octets_len);
	if (out->counted && !take_octets(octets, octets_len, out))
		return "a size that is none";
	if (!uid_allowed(uid, uid_len))
		return "an illegal unique-id";
	if (!is_dash(uid, uid_len)) {
		out->uid = uid;
		out->uid_len = uid_len;
	}
	if (!is_dash(inode, inode_len) &&
	    (!number_parse(inode, inode_len, &out->inode) || out->inode == 0))
		return "an inode that is none";
	if (!unique_allowed(line, len))
		return "a name that no message has";
	return NULL;
}

bool size_list_is_end(const char *line, size_t len)
{
	return len > sizeof(end) - 1 && memcmp(line, end, sizeof(end) - 1) == 0;
}

static const char digits[] = "0123456789abcdef";

const char *size_list_end(const char *line, size_t len, uint64_t *lines,
			  uint64_t *sum)
{
	static const char wrong[] = "not its last line";
	const char *number;
	size_t n = 0;

	line += sizeof(end) - 1;
	len -= sizeof(end) - 1;
	number = cut(&line, &len, &n);
	if (number == NULL || !number_parse(number, n, lines) || len != 16)
		return wrong;
	*sum = 0;
	for (size_t i = 0; i < len; i++) {
		const char *const digit = memchr(digits, line[i], 16);

		if (digit == NULL)
			return wrong;
		*sum = *sum << 4 | (uint64_t)(digit - digits);
	}
	return NULL;
}

void size_list_add_head(struct text *text, const char *form)
{
	text_string(text, start);
	if (form[0] != '\0') {
		text_string(text, imported);
		text_string(text, form);
	}
	text_string(text, "\n");
}

void size_list_add_line(struct text *text, const struct size_line *line)
{
	if (line->counted)
		text_number(text, line->octets);
	else
		text_string(text, "-");
	if (line->counted && line->counted_inode > 0) {
		text_string(text, "/");
		text_number(text, line->counted_inode);
	}
	text_string(text, " ");
	if (line->uid_len > 0)
		text_add(text, line->uid, line->uid_len);
	else
		text_string(text, "-");
	text_string(text, " ");
	if (line->inode > 0)
		text_number(text, line->inode);
	else
		text_string(text, "-");
	text_string(text, " ");
	text_add(text, line->unique, line->unique_len);
	text_string(text, "\n");
}

void size_list_add_end(struct text *text, uint64_t lines, uint64_t sum)
{
	text_string(text, end);
	text_number(text, lines);
	text_string(text, " ");
	for (int shift = 60; shift >= 0; shift -= 4)
		text_add(text, &digits[sum >> shift & 15], 1);
	text_string(text, "\n");
}

uint64_t size_list_sum(uint64_t sum, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum ^= (unsigned char)data[i];
		sum *= UINT64_C(1099511628211);
	}
	return sum;
}
