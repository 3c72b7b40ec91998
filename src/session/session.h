/* SPDX-License-Identifier: ISC */
/*
 * One POP3 session, whose parts the files above this one move: question.c on
 * the backend's side, client.c and retr.c on the client's, the handlers between
 * them, and serve.c, which runs it all.
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

/* A body on its way to the client. */
struct stream {
	bool begun; /* the status line is out: no way back */
	bool cut; /* TOP: only what .top lets through */
	struct dot dot;
	struct dot_count count;
	struct dot_top top;
	size_t held;
	char hold[LIMIT_HOLD_BACK];
};

/* What was sent, and what is gone for good. */
struct tally {
	uint64_t retr, retr_octets, top, top_octets, dele, dele_octets;
};

struct session {
	const struct options *options;
	const struct peer *peer;
	const char *id;
	enum state state;
	bool over; /* nothing more is taken: it ends */
	bool trouble; /* the exit status is 75 */
	bool hurry; /* nothing more is sent, and nothing waited for */
	bool unmet; /* its client was gone before it started */
	char why[80]; /* how it ended, for the log */
	struct reply reply; /* to the command at hand */
	/*
	 * Sends the lines of a multi-line answer after a positive reply;
	 * false where they broke off: then the connection ends without the
	 * dot. NULL for a single line.
	 */
	bool (*lines)(struct session *);
	/* Takes the body that an answer of the backend streams. */
	void (*take)(struct session *, const char *data, size_t n);
	/* What the handler leaves for .lines. */
	struct message *message;
	int body; /* a descriptor, to be closed by .lines; -1 */
	uint64_t body_at, body_octets;
	bool body_top; /* TOP, with .stream.top */
	bool body_begun; /* its first piece is in .scratch */
	const char *body_path; /* for the log */

	bool named; /* USER was the last command but CAPA, and taken */
	bool vouched; /* .user is the backend's word: state trans may use it */
	size_t user_len;
	char user[LIMIT_USER + 1];
	char timestamp[96]; /* APOP's, with its brackets; "" for none */
	unsigned logins; /* failed */
	int64_t owed_until; /* ms: what a failed login costs, whoever waits */
	unsigned errors; /* of the client's */
	bool became, noted, noted_missing, noted_long, noted_nobody;
	bool noted_twins;
	bool client_ended;
	struct tally tally;

	struct offers offers;
	struct terms terms, hello; /* those in force; those of hello */
	struct maildrop drop;
	struct locks locks;
	struct spool spool;
	struct answer answer;
	struct stream stream;
	struct line line;
	struct channel backend;
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

/*
 * ... at once, for a timer of so many ms struck: nothing is sent, nothing
 * removed (RFC 1939 section 3).
 */
void session_over_time(struct session *, const char *what, int64_t ms);

/* ... at once, for a reason that io knows: a timer, a signal, no client. */
void session_over_outside(struct session *);

/*
 * A login failed, or nobody waited for the answer: what that costs is counted
 * from now on, and the session's process stays so long.
 */
void session_owe(struct session *);

/*
 * Who is logged in, or tries to, for the log too; a length of 0: nobody. The
 * name may be .user itself.
 */
void session_user(struct session *, const char *name, size_t len);

/* Adds which message it is about: its number and its unique-id. */
void session_log_message(struct session *, struct log_line *,
			 const struct message *);

#endif
