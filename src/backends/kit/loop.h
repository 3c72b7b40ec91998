/* SPDX-License-Identifier: ISC */
/*
 * The backend's end of the pipe: requests in, one by one. The contract is
 * pop3-skel-backend(7).
 */
#ifndef BACKENDS_KIT_LOOP_H
#define BACKENDS_KIT_LOOP_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/limit.h"

/*
 * What was read. Strict turns leave nothing behind a request, but a file of
 * them does. A password is in it at times.
 */
struct requests {
	size_t len; /* of the one at hand, without its LF */
	size_t taken, held; /* octets of that one, its LF included; of all */
	char data[LIMIT_AUTH_REQUEST];
};

enum request_verdict {
	REQUEST_READ,
	REQUEST_NONE, /* the session is over */
	REQUEST_TROUBLE, /* it cannot be read, or is too long, which is logged */
};

/*
 * The start of a program: its name in the log, and no other process of the
 * same user looks into this one.
 */
void kit_start(const char *name);

/*
 * Overwrites the request at hand and reads the next one into data, its LF
 * replaced by a NUL.
 */
enum request_verdict request_read(struct requests *);

/*
 * Cuts the first field off: returns it, with a NUL, and moves *rest behind the
 * blank. NULL, and *rest as it was, where no blank follows.
 */
char *request_field(char **rest);

/* Whether a word is among these, which have blanks between them. */
bool request_has(const char *words, const char *word);

/*
 * Has each request answered, and sends what was gathered, until there is no
 * more: returns the exit status. Requests come without control characters.
 */
int kit_serve(void (*answer)(void *arg, char *request), void *arg);

#endif
