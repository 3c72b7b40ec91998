/* SPDX-License-Identifier: ISC */
/* src/pure/number.c */
#include <string.h>

#include "pure/number.h"
#include "tap.h"

static const struct {
	const char *text;
	bool good;
	uint64_t value;
} rows[] = {
	/* clang-format off */
	{ "0",                    true,  0 },
	{ "1",                    true,  1 },
	{ "42",                   true,  42 },
	{ "4294967297",           true,  4294967297 },
	{ "18446744073709551615", true,  UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "18446744073709551620", false, 0 },
	{ "28446744073709551615", false, 0 },
	{ "99999999999999999999999999999999", false, 0 },
	{ "",     false, 0 },
	{ "00",   false, 0 },
	{ "01",   false, 0 },
	{ "-1",   false, 0 },
	{ "+1",   false, 0 },
	{ " 1",   false, 0 },
	{ "1 ",   false, 0 },
	{ "1x",   false, 0 },
	{ "0x1",  false, 0 },
	{ "1.0",  false, 0 },
	{ "1\r",  false, 0 },
	{ "/",    false, 0 },
	{ ":",    false, 0 },
	{ "\xb1", false, 0 },
	/* clang-format on */
};

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const text = rows[i].text;
		uint64_t value = 7;
		const bool good = number_parse(text, strlen(text), &value);
		char out[20];

		tap(good == rows[i].good &&
			    value == (rows[i].good ? rows[i].value : 7),
		    "P3.3: parse \"%s\"", text);
		if (rows[i].good)
			tap(number_print(value, out) == strlen(text) &&
				    memcmp(out, text, strlen(text)) == 0,
			    "print %s", text);
	}
	tap(!number_parse("1\0", 2, &(uint64_t){ 0 }), "P3.3: a NUL");
	return tap_done();
}
