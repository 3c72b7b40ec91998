/* SPDX-License-Identifier: ISC */
/*
 * The syntax of the file in which maildir(8) keeps what was counted, and the
 * only file that knows it. Pure: a line in, a verdict out.
 *
 *	pop3-skel-list 1 [imported FORM]
 *	OCTETS UID INODE UNIQUE
 *	...
 *	end LINES SUM
 *
 * OCTETS, UID and INODE are `-` where the message was not counted, where its
 * unique-id is derived from its name, and where it never had a twin. OCTETS is
 * N/INODE, for the file that was counted; without an inode it is of none that
 * is known. UNIQUE, the unique part of its name, may hold blanks. LINES counts
 * those between the first and the last; SUM is over all octets before the last
 * line, in hex.
 */
#ifndef PURE_SIZE_LIST_H
#define PURE_SIZE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"
#include "pure/text.h"

enum {
	SIZE_LIST_FORM = 16, /* octets of FORM */
	SIZE_LIST_UNIQUE = 255,
	/* The longest line, with its LF. */
	SIZE_LIST_LINE = 13 + 1 + 20 + 1 + LIMIT_UNIQUE_ID + 1 + 20 + 1 +
			 SIZE_LIST_UNIQUE + 1,
};

struct size_line {
	bool counted;
	uint64_t octets; /* below 2^43 */
	uint64_t counted_inode; /* of the file that has them; 0: not known */
	uint64_t inode; /* 0: none */
	const char *uid;
	size_t uid_len; /* 0: none */
	const char *unique;
	size_t unique_len;
};

/*
 * Take one line, without its LF, apart; what points, points into it. Return
 * NULL, or what is wrong with it in a few words. The form is "" where nothing
 * was imported, and ends in NUL.
 */
const char *size_list_head(const char *line, size_t len,
			   char form[SIZE_LIST_FORM + 1]);
const char *size_list_line(const char *line, size_t len, struct size_line *);
const char *size_list_end(const char *line, size_t len, uint64_t *lines,
			  uint64_t *sum);

/* Whether a line is the last one. */
bool size_list_is_end(const char *line, size_t len);

/* The same lines, with their LF, added to a text. */
void size_list_add_head(struct text *, const char *form);
void size_list_add_line(struct text *, const struct size_line *);
void size_list_add_end(struct text *, uint64_t lines, uint64_t sum);

/* FNV-1a, 64 bits: the sum of nothing; and with more octets. */
#define SIZE_LIST_SUM UINT64_C(14695981039346656037)
uint64_t size_list_sum(uint64_t sum, const char *data, size_t len);

#endif
