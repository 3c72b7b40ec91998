/* SPDX-License-Identifier: ISC */
/*
 * The descriptors that a program is started with: 0 to 2 exist, and what else
 * there is it does not pass on.
 */
#ifndef OS_DESCRIPTORS_H
#define OS_DESCRIPTORS_H

#include <stdbool.h>

/* Which of 0 to 2 were closed. */
enum {
	DESCRIPTORS_INPUT = 1 << 0,
	DESCRIPTORS_OUTPUT = 1 << 1,
	DESCRIPTORS_ERRORS = 1 << 2,
};

/*
 * Each of 0 to 2 that is closed becomes /dev/null. Returns a set of those, or
 * -1 with errno where that cannot be opened.
 */
int descriptors_fill(void);

/*
 * Those from 3 on: closed; or close-on-exec. Where the kernel has no call for
 * all, those below 1024 are, and the answer is false, with errno.
 */
bool descriptors_close_others(void);
bool descriptors_keep_others(void);

/* Nobody is there any more, whoever had that descriptor. */
void descriptors_discard(int fd);

#endif
