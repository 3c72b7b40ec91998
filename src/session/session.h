/* SPDX-License-Identifier: ISC */
/*
 * One POP3 session: its parts, and the verbs that all above are written in: to
 * ask the backend, to make a fault, to end.
 *
 * POP3 has no upload, so a request to the backend is one line, and strict
 * turns (one request, its whole answer) cannot deadlock. Output to the client
 * is gathered and sent before anything is waited for.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "maildrop/lock.h"
#include "maildrop/maildrop.h"
#include "maildrop/spool.h"
#include "os/connection.h"
#include "protocol/ask.h"
#include "protocol/offers.h"
#include "pure/address.h"
#include "pure/dot.h"
#include "pure/limit.h"
#include "pure/line.h"
#include "pure/reply.h"
#include "session/options.h"

/* Whether it goes on; a later one never makes way for an earlier one. */
enum ending {
	GOES_ON,
	ENDS, /* nothing more is taken: the reply at hand is the last */
	ENDS_NOW, /* nothing more is sent, and nothing waited for */
	UNMET, /* ... for its client was gone before it started */
};

struct outcome {
	enum ending ending;
	bool trouble; /* the exit status is 75 */
	char why[80]; /* how it ended, for the log; what came first */
};

/* What the client says. */
struct client {
	bool ended; /* it says no more */
	bool noted; /* the log has that a line was too long */
	bool secret; /* what was asked for its command held a secret */
	bool stls_noted; /* ... or that STLS cannot be had */
	int stls; /* the connection that STLS leads to, at its reply; else 0 */
	unsigned errors; /* bad commands */
	struct line line;
};

/* Who the client is, or tries to be. */
struct login {
	bool named; /* USER was the last command but CAPA, and taken */
	bool vouched; /* .user is the backend's word: state trans may use it */
	bool became; /* root is given up for this user */
	bool next; /* the backend is one that another named */
	bool noted; /* the log has that a token named nobody */
	size_t user_len;
	char user[LIMIT_USER + 1];
	char mechanism[LIMIT_MECHANISM + 1]; /* how; "" for not yet */
	char timestamp[96]; /* APOP's, with its brackets; "" for none */
	unsigned failed; /* logins */
	int64_t owed_until; /* ms: what a failed one costs, whoever waits */
};

/* Where a body is that is at hand. */
struct body {
	int fd;
	uint64_t at, octets;
	const char *path; /* for the log */
	bool part; /* of a file, which is to stay there, and as long as it was */
	bool fresh; /* its file was changed just now: there may be more soon */
	uint64_t length;
};

/* A body on its way to the client. */
struct transfer {
	char hold[LIMIT_HOLD_BACK];
	struct message *message; /* NULL: a claimed command's */
	struct message *sent; /* of a RETR that the backend is to hear of */
	struct body body;
	bool first; /* its first piece is in .scratch */
	bool begun; /* the status line is out: no way back */
	bool cut; /* TOP: only what .top lets through */
	bool noted; /* the log has that a size was not what was told */
	struct dot dot;
	struct dot_count count;
	struct dot_top top;
	size_t held;
};

/* What was sent, and what is gone for good. */
struct tally {
	uint64_t retr, retr_octets, top, top_octets, dele, dele_octets;
};

/* No member is one file's alone: a test counts. */
struct session {
	const struct options *options;
	struct peer *peer;
	const char *id;
	enum state state;
	struct outcome outcome;
	struct reply reply; /* to the command at hand */
	/*
	 * Sends the lines of a multi-line answer after a positive reply;
	 * false where they broke off: then the connection ends without the
	 * dot. NULL for a single line.
	 */
	bool (*lines)(struct session *);
	/* Takes the body that an answer of the backend streams. */
	void (*take)(struct session *, const char *data, size_t n);
	struct login login;
	struct tally tally;
	struct terms terms, hello; /* those in force; those of hello */
	struct locks locks;
	/*
	 * What is large has its beginning, or its end, beside that of another:
	 * pages that a small session touches are few.
	 */
	struct spool spool;
	struct offers offers;
	struct answer answer;
	struct transfer transfer;
	struct client client;
	struct channel backend;
	struct maildrop drop;
	struct io io;
	/*
	 * Octets of a file on their way: not on the stack, where guard
	 * probes would touch every page of it.
	 */
	char scratch[LIMIT_FILE_READ];
};

/* Whether we are root, and are to open nothing: see --allow-root. */
bool session_root(const struct session *);

/* The session ends after the reply at hand; why, for the log. */
void session_over(struct session *, const char *why);

/* ... at once: nothing is sent, nothing removed. */
void session_over_now(struct session *, const char *why);

/* ... for a timer of so many ms struck (RFC 1939 section 3). */
void session_over_time(struct session *, const char *what, int64_t ms);

/* ... at once, for a reason that io knows: a timer, a signal, no client. */
void session_over_outside(struct session *);

/*
 * A login failed, or nobody waited for the answer: what that costs is counted
 * from now on, and the session's process stays so long.
 */
void session_owe(struct session *);

/* Adds which message it is about: its number and its unique-id. */
void session_log_message(struct session *, struct log_line *,
			 const struct message *);

/*
 * Asks the backend. Details go into the session, body lines to .take. True
 * where .answer is one; false where the reply is set already: a fault, an
 * invalid field, a busy lock, or the end.
 */
bool session_ask(struct session *, enum wire_verb, const char *name,
		 const struct wire_field *fields, size_t count, bool secret);

/*
 * As session_ask, with the number and the unique-id of a message first, and
 * one more field or an absent one.
 */
bool session_ask_message(struct session *, enum wire_verb,
			 const struct message *, struct wire_field more);

/*
 * Tells the backend something when all is over, in so many ms: whether it took
 * it. That it is gone, or silent, is no fault; what it says wrong is.
 */
bool session_tell(struct session *, enum wire_verb, const struct wire_field *,
		  int64_t ms);

/*
 * Makes a fault of an answer that makes no sense here, and quotes it: the reply
 * is set.
 */
void session_fault(struct session *, const char *what);

/*
 * What a wait brought while nothing is asked: a backend that is not there or
 * not silent any more is a fault. Returns whether the session ended for what
 * came from outside.
 */
bool session_waited(struct session *, unsigned events);

/* Makes the terms that were offered with an answer of OK stand. */
void session_settle(struct session *);

/* Ends the backend, and logs what was wrong with its end. */
void session_stop(struct session *);

/*
 * Turns .answer into the reply: the text of OK (`ok` without one), of ERR
 * with a code, of TEMP. DEFAULT is up to the caller.
 */
void session_answer(struct session *, const char *ok, const char *code,
		    const char *err);

#endif
