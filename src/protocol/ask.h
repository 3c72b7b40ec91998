/* SPDX-License-Identifier: ISC */
/*
 * The coprocess that answers for the mail: one request out, its answer in,
 * strictly in turn; pop3-skel-backend(7). Whatever the backend does wrong
 * ends here, in one way: a fault.
 */
#ifndef PROTOCOL_ASK_H
#define PROTOCOL_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/channel.h"
#include "pure/limit.h"
#include "pure/wire.h"

/* What a taker returns for a lock that another session holds: no fault. */
extern const char backend_busy[];

/* ... and for one that was waited for when the session ended. */
extern const char backend_over[];

/* Takes what an answer brings, while it comes. */
struct backend_taker {
	void *arg;
	/*
	 * A detail line. Returns NULL, or what is wrong with it, which is a
	 * fault.
	 */
	const char *(*detail)(void *arg, enum wire_verb,
			      const struct wire_line *);
	/* Octets of `|` lines, LF and all, in pieces of any size. */
	void (*body)(void *arg, const char *data, size_t n);
	/* The answer is over: its result comes from backend_ask. */
};

struct answer {
	enum wire_word result; /* one of the five */
	bool close, trans;
	bool multi; /* `body` or a `|` line: a multi-line answer */
	bool temp; /* the path is to be unlinked */
	bool busy; /* a lock could not be had */
	bool over; /* ... before the session was */
	size_t user_len, text_len, path_len;
	char user[LIMIT_USER];
	char text[LIMIT_REPLY_LINE]; /* of the result; with a NUL */
	char path[LIMIT_PATH]; /* of `file` or `temp`; "" for none */
};

enum backend_verdict {
	BACKEND_ANSWERED,
	BACKEND_FAULT, /* .fault tells; it is never asked again */
	BACKEND_INVALID, /* nothing was sent: a field held what none may */
	/* SIGTERM, the login time, no client, a busy lock: session over. */
	BACKEND_OVER,
};

/*
 * Asks and waits for the whole answer; sends what is gathered for the client
 * first. name is that of a claimed command, else NULL; secret says that the
 * request holds a password or a token. Details go to the taker as they come,
 * but for those that struct answer holds.
 */
enum backend_verdict backend_ask(struct coprocess *, enum wire_verb,
				 const char *name,
				 const struct wire_field *fields, size_t count,
				 bool secret, const struct backend_taker *,
				 struct answer *);

/*
 * Looks, at no cost but a read, whether it is still there and silent, as it
 * must be while nothing is asked: NULL, or what the fault is (also in .fault).
 */
const char *backend_look(struct coprocess *);

#endif
