/* SPDX-License-Identifier: ISC */
/*
 * What --check finds: a sentence for each on standard error, for who is going
 * to mend it.
 */
#ifndef OS_FINDING_H
#define OS_FINDING_H

#include <stdbool.h>

struct findings {
	const char *program; /* whose they are */
	/* EX_OK; EX_TEMPFAIL; or EX_USAGE, where one makes no sense. */
	int status;
};

/* Tells a finding of this status. What is no text in it is shown as `?`. */
__attribute__((format(printf, 3, 4))) void
finding(struct findings *, int status, const char *format, ...);

/* Whether somebody sees them now, and not the journal. */
bool finding_seen(void);

#endif
