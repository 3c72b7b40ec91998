/* SPDX-License-Identifier: ISC */
/*
 * The log: one line on descriptor 2, where pop3-skel reads it, with a priority
 * in front and the program's name. No secret comes here.
 */
#ifndef BACKENDS_KIT_REPORT_H
#define BACKENDS_KIT_REPORT_H

#include <stddef.h>

enum report_priority {
	REPORT_ERROR = 3,
	REPORT_WARNING = 4,
	REPORT_NOTICE = 5,
};

/* First of all; the string stays the caller's. */
void report_name(const char *program);

/* A sentence: what happened, and to or about what. */
void report_plain(const char *what, const char *about);

/*
 * Of the users file: which line, what is wrong with it, and whose it is, in
 * `len` octets; NULL where that cannot be told.
 */
void report_line(const char *file, unsigned long line, const char *why,
		 const char *user, size_t len);

/*
 * Of a file or folder: `len` octets of `path`, and an error's number, or 0
 * with `why` alone telling. Where permission was wanting, also who we are.
 */
void report_path(enum report_priority, const char *why, const char *path,
		 size_t len, int error);

/* Of anything else. error as above. */
void report(enum report_priority, const char *why, int error);

#endif
