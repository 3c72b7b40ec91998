/* SPDX-License-Identifier: ISC */
/*
 * What the backend writes to its stderr, or has in a line of its own, in our
 * log.
 */
#ifndef PROTOCOL_STDERR_H
#define PROTOCOL_STDERR_H

#include <stddef.h>

#include "pure/limit.h"
#include "pure/wire.h"

/* All zero at the start. */
struct stderr_log {
	unsigned lines; /* so far, those over LIMIT_LOG_BACKEND too */
	size_t len; /* of the line on its way */
	char line[LIMIT_LOG_LINE / 2];
};

/*
 * Takes octets of it, none at its end; arg is a struct stderr_log. A line may
 * begin with <N>, its priority. At most LIMIT_LOG_BACKEND lines are shown.
 */
void stderr_take(void *arg, const char *data, size_t n);

/* Takes a line `log`, as one of those. NULL, or what is wrong with it. */
const char *stderr_detail(struct stderr_log *, const struct wire_line *);

#endif
