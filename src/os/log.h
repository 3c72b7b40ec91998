/* SPDX-License-Identifier: ISC */
/*
 * The log: one line an event, an event word and then key=value (logfmt), to
 * stderr with a <N> priority for the journal or to syslog. stderr may be the
 * client's own socket: log_open finds out, and then it is never written to.
 *
 * The words, the same everywhere: started, login, refused, fault, slow,
 * expunged, update, note, ended, backend (what it wrote to its stderr), and
 * trace (--debug).
 */
#ifndef OS_LOG_H
#define OS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"

enum log_target { LOG_TO_AUTO, LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_NONE };

/* As syslog(3) numbers them. */
enum log_priority {
	LOG_PRIORITY_ERROR = 3,
	LOG_PRIORITY_WARNING = 4,
	LOG_PRIORITY_NOTICE = 5,
	LOG_PRIORITY_INFO = 6,
	LOG_PRIORITY_DEBUG = 7,
};

/*
 * Decides where to: auto is stderr where that is open and neither the
 * client's descriptor 0 nor 1 (a terminal may be all three), else syslog.
 * stderr asked for by name but unsafe is syslog too. The id, which must
 * outlive the log, marks each line as session=id. closed: descriptor 2 was
 * not open at the start. Returns what was decided.
 */
enum log_target log_open(enum log_target, const char *id, bool closed);

/*
 * Whom the lines of the session are about from now on: each has user= and
 * address= where these are not empty. The user's octets are kept (a length of
 * 0: nobody's); the address must outlive the log, and counts as it stands when
 * a line is started.
 */
void log_user(const char *user, size_t len);
void log_address(const char *address);

/* One line on its way. */
struct log_line {
	enum log_priority priority;
	bool each; /* written however often it comes: lines are counted */
	struct log_kind *kind; /* of a session's line that says what or why */
	size_t len;
	char *data; /* there is one at a time */
};

/* Starts a line: its event word, the session's id, whom it is about. */
void log_start(struct log_line *, enum log_priority, const char *event);

/*
 * Adds key=value. A value with a blank, a quote, an equals sign or nothing in
 * it is quoted, and what is not printable ASCII escaped as \xNN, so that no
 * client can forge a line. A value is cut at LIMIT_LOG_VALUE.
 */
void log_text(struct log_line *, const char *key, const char *value);
void log_octets(struct log_line *, const char *key, const char *value,
		size_t len);
void log_number(struct log_line *, const char *key, uint64_t value);

/*
 * Sends it. A log that takes nothing now loses the line, and no time. Of a
 * session's lines with one what= or why= a client may cause no flood: one like
 * the last, and more than LIMIT_LOG_ALIKE, are counted and not written.
 */
void log_end(struct log_line *);

/* A whole line, a notice with one value, but once: *said tells if it was. */
void log_once(bool *said, const char *event, const char *key, const char *text);

/* --debug: one line of a conversation; dir is '>' where we sent it. */
void log_trace(const char *with, char dir, const char *text, size_t len);

/*
 * The kinds of lines of which some were left out, at the session's end: goes on
 * from *at, which begins as 0; false where there are no more.
 */
bool log_left_out(unsigned *at, const char **what, uint64_t *count);

#endif
