/* SPDX-License-Identifier: ISC */
/*
 * What programs that stay, and serve many clients, have in common: descriptors,
 * signals, last words, and how often they tell the log of the same.
 */
#ifndef OS_STAY_H
#define OS_STAY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	/*
	 * What may last is told once in this time, in ms, and of clients
	 * STAY_LINES lines; what is more is counted.
	 */
	STAY_REMINDER = 60000,
	STAY_LINES = 60,
};

/* ms of CLOCK_MONOTONIC. */
int64_t stay_now(void);

/* Whether standard output has taken all that was printed. */
bool stay_printed(void);

/* A fault's line, and the end. */
_Noreturn void stay_give_up(int status, const char *why);

/*
 * SIGTERM, SIGINT and, with `children`, SIGCHLD come through the descriptor that
 * is returned; -1 with errno. SIGPIPE is blocked.
 */
int stay_signals(bool children);

/* For a table of what clients choose; where nothing is random, not secret. */
uint64_t stay_seed(void);

/* Lines about clients, all zero at first. */
struct stay_lines {
	int64_t since; /* when the first of `count` was written */
	uint64_t count, left_out;
};

/* Whether it is time for a reminder; then *told, 0 for never, is now. */
bool stay_due(int64_t *told, int64_t now);

/* Whether there may be one more; `more` names in the log those left out. */
bool stay_may_tell(struct stay_lines *, int64_t now, const char *more);

#endif
