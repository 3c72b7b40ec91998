/* SPDX-License-Identifier: ISC */
/*
 * One request out, its answer in, strictly in turn; pop3-skel-backend(7).
 * Whatever the backend does wrong ends here, in one way: a fault.
 */
#ifndef PROTOCOL_ASK_H
#define PROTOCOL_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/answer.h"
#include "protocol/channel.h"
#include "pure/wire.h"

/* How asking ended; and what a sink makes of a detail line. */
enum ask_verdict {
	ASK_MORE, /* a sink's alone: taken, so read on */
	ASK_ANSWERED, /* never a sink's: struct answer tells */
	ASK_FAULT, /* .fault tells; it is never asked again */
	ASK_INVALID, /* nothing was sent: a field held what none may */
	ASK_BUSY, /* a lock is another session's */
	ASK_OVER, /* SIGTERM, the login time, no client: the session is over */
};

/* Where what an answer brings goes while it comes. */
struct sink {
	void *arg;
	/*
	 * Takes a detail line; ASK_FAULT with what is wrong with it in a few
	 * words in *wrong.
	 */
	enum ask_verdict (*detail)(void *arg, enum wire_verb,
				   const struct wire_line *,
				   const char **wrong);
	/* Octets of `|` lines, LF and all, in pieces of any size. */
	void (*body)(void *arg, const char *data, size_t n);
};

/*
 * Asks and waits for the whole answer; sends what is gathered for the client
 * first. name is that of a claimed command, else NULL; secret says that the
 * request holds a password or a token. Details go to the sink as they come,
 * but for those that struct answer holds. `top`, `sent`, `dele`, `rset` and
 * `expunge` are asked no more once they were answered DEFAULT: that is the answer then.
 */
enum ask_verdict ask(struct channel *, enum wire_verb, const char *name,
		     const struct wire_field *fields, size_t count, bool secret,
		     const struct sink *, struct answer *);

/* Whether that is so of a request: it is left to us for good. */
bool ask_defaulted(const struct channel *, enum wire_verb);

#endif
