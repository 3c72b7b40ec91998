/* SPDX-License-Identifier: ISC */
#include "pure/number.h"

#include <string.h>

bool number_parse(const char *text, size_t n, uint64_t *value)
{
	uint64_t sum = 0;

	if (n == 0 || (n > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		const unsigned digit = (unsigned char)text[i] - (unsigned)'0';

		if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

size_t number_print(uint64_t value, char out[20])
{
	char digits[20];
	size_t n = 0;

	do {
		digits[sizeof(digits) - ++n] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(out, digits + sizeof(digits) - n, n);
	return n;
}
