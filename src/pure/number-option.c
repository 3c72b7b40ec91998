/* SPDX-License-Identifier: ISC */
#include "pure/number-option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pure/number.h"

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
	snprintf(error, 256,
		 "--%s %.60s is no number from %" PRIu64 " to %" PRIu64, name,
		 value, number->least, number->most);
	return OPTIONS_WRONG;
}
