/* SPDX-License-Identifier: ISC */
#include "pure/base64.h"

#include <stdint.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits of a character, or -1. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ptrdiff_t base64_decode(const char *in, size_t n, char *out, size_t room)
{
	size_t padding = 0, length;
	uint32_t bits = 0;
	size_t at = 0;

	if (n % 4 != 0)
		return -1;
	while (padding < 2 && n > 0 && in[n - 1 - padding] == '=')
		padding++;
	length = n / 4 * 3 - padding;
	if (length > room)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const int value = i < n - padding ? value_of(in[i]) : 0;

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 != 3)
			continue;
		for (int shift = 16; shift >= 0; shift -= 8) {
			const uint32_t octet = bits >> shift & 0xff;

			if (at < length)
				out[at++] = (char)octet;
			else if (octet != 0)
				return -1;
		}
	}
	return (ptrdiff_t)length;
}

size_t base64_encode(const void *in, size_t n, char *out)
{
	const unsigned char *const from = in;
	size_t at = 0;

	for (size_t i = 0; i < n; i += 3) {
		const size_t left = n - i;
		const uint32_t bits =
			(uint32_t)from[i] << 16 |
			(left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
			(left > 2 ? (uint32_t)from[i + 2] : 0);

		out[at++] = alphabet[bits >> 18];
		out[at++] = alphabet[bits >> 12 & 63];
		out[at++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		out[at++] = left > 2 ? alphabet[bits & 63] : '=';
	}
	return at;
}
