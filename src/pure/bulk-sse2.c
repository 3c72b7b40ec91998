/* SPDX-License-Identifier: ISC */
#include "pure/bulk.h"

#include <emmintrin.h>
#include <stdint.h>

enum { STEP = sizeof(__m128i) };

static __m128i load(const char *from)
{
	return _mm_loadu_si128((const __m128i *)(const void *)from);
}

size_t bulk_copy_line(const char *in, size_t n, char *out)
{
	const __m128i lf = _mm_set1_epi8('\n');
	size_t i = 0;

	/* Stored before it is looked at: what is behind the LF is slack. */
	for (; i + STEP <= n; i += STEP) {
		const __m128i octets = load(in + i);
		const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(octets, lf));

		_mm_storeu_si128((__m128i *)(void *)(out + i), octets);
		if (found != 0)
			return i + (size_t)__builtin_ctz((unsigned)found);
	}
	for (; i < n && in[i] != '\n'; i++)
		out[i] = in[i];
	return i;
}

/* The sum of sixteen small counters. */
static size_t sum(__m128i counters)
{
	const __m128i halves = _mm_sad_epu8(counters, _mm_setzero_si128());

	return (size_t)_mm_cvtsi128_si64(halves) +
	       (size_t)_mm_cvtsi128_si64(_mm_srli_si128(halves, 8));
}

size_t bulk_count_bare(const char *in, size_t n)
{
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	size_t bare = 0, i = 1;

	while (i + STEP <= n) {
		__m128i counters = _mm_setzero_si128();

		/* A counter holds 255. */
		for (int round = 0; round < 255 && i + STEP <= n; round++) {
			const __m128i ends = _mm_cmpeq_epi8(load(in + i), lf);
			const __m128i after =
				_mm_cmpeq_epi8(load(in + i - 1), cr);

			counters = _mm_sub_epi8(counters,
						_mm_andnot_si128(after, ends));
			i += STEP;
		}
		bare += sum(counters);
	}
	for (; i < n; i++)
		bare += in[i] == '\n' && in[i - 1] != '\r';
	return bare;
}
