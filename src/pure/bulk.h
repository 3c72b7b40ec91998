/* SPDX-License-Identifier: ISC */
/*
 * The two inner loops of dot.c, once with SSE2 (bulk-sse2.c, which every
 * x86-64 has, so nothing is looked for at run time) and once for any machine
 * (bulk-portable.c). meson.build chooses. Pure.
 */
#ifndef PURE_BULK_H
#define PURE_BULK_H

#include <stddef.h>

/* What bulk_copy_line may write behind what it promises. */
enum { BULK_SLACK = 16 };

/*
 * Copies octets up to the first LF, without it, or all n. Returns how many.
 * Up to BULK_SLACK octets behind them may be overwritten with anything.
 */
size_t bulk_copy_line(const char *in, size_t n, char *out);

/* How many LF in in[1] to in[n - 1] have no CR before them. */
size_t bulk_count_bare(const char *in, size_t n);

#endif
