/* SPDX-License-Identifier: ISC */
/* src/pure/base64.c: what is taken is the only text of its octets. */
#include <string.h>

#include "fuzz.h"
#include "pure/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const out = malloc(size + 1), *const back = malloc(size + 4);
	ptrdiff_t n;

	REQUIRE(out != NULL && back != NULL);
	n = base64_decode((const char *)data, size, out, size);
	if (n >= 0) {
		REQUIRE((size_t)n <= size / 4 * 3);
		REQUIRE(base64_encode(out, (size_t)n, back) == size);
		REQUIRE(size == 0 || memcmp(back, data, size) == 0);
		REQUIRE(n == 0 || base64_decode((const char *)data, size, out,
						(size_t)n - 1) == -1);
	}
	free(out);
	free(back);
	return 0;
}
