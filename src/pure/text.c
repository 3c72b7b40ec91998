/* SPDX-License-Identifier: ISC */
#include <endian.h>
#include <string.h>

#include "pure/text.h"

void text_add(struct text *text, const char *data, size_t len)
{
	size_t room = text->size - text->len;

	if (len > room) {
		len = room;
		text->cut = true;
	}
	memcpy(text->data + text->len, data, len);
	text->len += len;
}

void text_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + number % 10);
	while (number /= 10);
	text_add(text, digits + i, sizeof(digits) - i);
}

void text_quoted(struct text *text, const char *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	text_add(text, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];
		char escaped[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

		if (c < 0x20 || c >= 0x7f) {
			text_add(text, escaped, 4);
			continue;
		}
		if (c == '"' || c == '\\')
			text_add(text, "\\", 1);
		text_add(text, &data[i], 1);
	}
	text_add(text, "\"", 1);
}

/* Names of one folder begin alike, so the first difference is sought by eights. */
int text_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t left = a_len < b_len ? a_len : b_len;
	int order = 0;

	for (; left >= 8; left -= 8, a += 8, b += 8) {
		uint64_t x, y;

		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (x != y)
			return be64toh(x) < be64toh(y) ? -1 : 1;
	}
	while (left-- > 0 && order == 0)
		order = (unsigned char)*a++ - (unsigned char)*b++;
	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}
