/* SPDX-License-Identifier: ISC */
#include "pure/reply.h"

#include <string.h>

#include "pure/number.h"

void reply_add(struct reply *r, const char *text, size_t len)
{
	const size_t room = sizeof(r->text) - r->len;

	if (len > room)
		len = room;
	memcpy(r->text + r->len, text, len);
	r->len += len;
}

void reply_add_number(struct reply *r, unsigned long long value)
{
	char digits[20];

	reply_add(r, digits, number_print(value, digits));
}

void reply_ok(struct reply *r, const char *text)
{
	r->ok = true;
	r->quoted = false;
	r->code = NULL;
	r->len = 0;
	reply_add(r, text, strlen(text));
}

void reply_err(struct reply *r, const char *code, const char *text)
{
	reply_ok(r, text);
	r->ok = false;
	r->code = code;
}

/*
 * The octets of a response code that the text begins with, brackets and all:
 * "[" 1*(upper, digit, "-") *("/" 1*(...)) "]"; 0 where there is none. The
 * levels after the first may hold what RFC 2449 lets a level hold.
 */
static size_t code_length(const char *text, size_t len)
{
	bool first = true, empty = true;
	size_t i;

	if (len == 0 || text[0] != '[')
		return 0;
	for (i = 1; i < len; i++) {
		const char c = text[i];
		const bool strict = (c >= 'A' && c <= 'Z') ||
				    (c >= '0' && c <= '9') || c == '-';

		if (c == ']')
			return empty ? 0 : i + 1;
		if (c == '/') {
			if (empty)
				return 0;
			first = false;
			empty = true;
			continue;
		}
		if (first ? !strict : (c <= ' ' || c > '~'))
			return 0;
		empty = false;
	}
	return 0;
}

void reply_text(struct reply *r, const char *text, size_t len)
{
	if (len == 0)
		return;
	r->len = 0;
	r->quoted = true;
	if (code_length(text, len) > 0)
		r->code = NULL;
	else if (text[0] == '[' && r->code == NULL)
		reply_add(r, "- ", 2);
	for (size_t i = 0; i < len && r->len < sizeof(r->text); i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			r->text[r->len++] = ' ';
		else if (c > 0x7f)
			r->text[r->len++] = '?';
		else
			r->text[r->len++] = (char)c;
	}
}

size_t reply_format(const struct reply *r, char out[LIMIT_RESPONSE])
{
	const size_t room = LIMIT_RESPONSE - 2;
	size_t n = r->ok ? 4 : 5, len = r->len;

	memcpy(out, r->ok ? "+OK " : "-ERR ", n);
	if (r->code != NULL) {
		const size_t code = strlen(r->code);

		out[n++] = '[';
		memcpy(out + n, r->code, code);
		n += code;
		out[n++] = ']';
		out[n++] = ' ';
	}
	if (len > room - n)
		len = room - n;
	memcpy(out + n, r->text, len);
	n += len;
	memcpy(out + n, "\r\n", 2);
	return n + 2;
}
