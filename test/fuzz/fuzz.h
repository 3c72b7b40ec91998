/* SPDX-License-Identifier: ISC */
/*
 * A fuzz target is one function. It makes sure of what the header of its file
 * in src/ promises, for any octets; what is not so aborts.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#endif
