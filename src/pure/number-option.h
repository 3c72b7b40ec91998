/* SPDX-License-Identifier: ISC */
/*
 * Numbers among the options of a command line. Pure.
 */
#ifndef PURE_NUMBER_OPTION_H
#define PURE_NUMBER_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "pure/options-verdict.h"

/* Where the number is in the options, a uint64_t, and what it may be. */
struct number_option {
	size_t at;
	uint64_t least, most;
};

/*
 * Sets the number that `value` is; or OPTIONS_WRONG, and error is a sentence
 * about --name, with its NUL.
 */
enum options_verdict number_option_take(void *options,
					const struct number_option *,
					const char *name, const char *value,
					char error[256]);

#endif
