/* SPDX-License-Identifier: ISC */
#include "pure/number-option.h"

#include <string.h>

#include "pure/number.h"
#include "pure/text.h"

static void tell_wrong(const struct number_option *number, const char *name,
		       const char *value, char error[256])
{
	struct text t = { .data = error, .size = 255 };
	const size_t len = strlen(value);

	text_string(&t, "--");
	text_string(&t, name);
	text_string(&t, " ");
	text_add(&t, value, len < 60 ? len : 60);
	text_string(&t, " is no number from ");
	text_number(&t, number->least);
	text_string(&t, " to ");
	text_number(&t, number->most);
	error[t.len] = '\0';
}

enum options_verdict number_option_take(void *options,
					const struct number_option *number,
					const char *name, const char *value,
					char error[256])
{
	uint64_t n;

	if (number_parse(value, strlen(value), &n) && n >= number->least &&
	    n <= number->most) {
		memcpy((char *)options + number->at, &n, sizeof(n));
		return OPTIONS_SERVE;
	}
	tell_wrong(number, name, value, error);
	return OPTIONS_WRONG;
}
