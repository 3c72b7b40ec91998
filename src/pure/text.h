/* SPDX-License-Identifier: ISC */
/*
 * Text gathered into memory that the caller owns. What does not fit is cut,
 * and `cut` remembers it. Pure.
 */
#ifndef PURE_TEXT_H
#define PURE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data; /* not terminated */
	size_t len;
	size_t size;
	bool cut;
};

void text_add(struct text *, const char *data, size_t len);
void text_string(struct text *, const char *string);
void text_number(struct text *, uint64_t number);

/*
 * For the log: within double quotes, `"` and `\` escaped, what is neither
 * ASCII nor printable as \xNN.
 */
void text_quoted(struct text *, const char *data, size_t len);

/* Orders two strings by octets, the shorter first that the other begins with. */
int text_compare(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
