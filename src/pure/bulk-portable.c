/* SPDX-License-Identifier: ISC */
#include "pure/bulk.h"

#include <string.h>

size_t bulk_copy_line(const char *in, size_t n, char *out)
{
	const char *const lf = memchr(in, '\n', n);
	const size_t len = lf != NULL ? (size_t)(lf - in) : n;

	memcpy(out, in, len);
	return len;
}

size_t bulk_count_bare(const char *in, size_t n)
{
	size_t bare = 0;

	for (size_t i = 1; i < n; i++)
		bare += in[i] == '\n' && in[i - 1] != '\r';
	return bare;
}
