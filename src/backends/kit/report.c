/* SPDX-License-Identifier: ISC */
#include "backends/kit/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pure/limit.h"
#include "pure/text.h"

static const char *program = "backend";

void report_name(const char *name)
{
	program = name;
}

/* One write, so that a line stays whole; a log that fails is no news. */
static void send_line(struct text *line)
{
	ssize_t n;

	line->data[line->len++] = '\n';
	n = write(2, line->data, line->len);
	(void)n;
}

static void start(struct text *line, enum report_priority priority)
{
	text_add(line, "<", 1);
	text_number(line, priority);
	text_string(line, ">");
	text_string(line, program);
}

static void add_reason(struct text *line, const char *why)
{
	text_string(line, " reason=");
	text_quoted(line, why, strlen(why));
}

static void add_error(struct text *line, int error)
{
	const char *string;

	if (!error)
		return;
	string = strerror(error);
	text_string(line, " error=");
	text_quoted(line, string, strlen(string));
}

void report_plain(const char *what, const char *about)
{
	/* A path fits, and what is said of it. */
	char data[LIMIT_PATH + 256];
	struct text line = { .data = data, .size = sizeof(data) - 1 };

	start(&line, REPORT_ERROR);
	text_string(&line, ": ");
	text_string(&line, what);
	text_string(&line, ": ");
	text_string(&line, about);
	send_line(&line);
}

void report_line(const char *file, unsigned long number, const char *why,
		 const char *user, size_t len)
{
	char data[1024];
	struct text line = { .data = data, .size = sizeof(data) - 1 };

	start(&line, REPORT_ERROR);
	add_reason(&line, why);
	text_string(&line, " line=");
	text_number(&line, number);
	text_string(&line, " file=");
	text_quoted(&line, file, strlen(file));
	if (user) {
		text_string(&line, " user=");
		text_quoted(&line, user, len);
	}
	send_line(&line);
}

void report_path(enum report_priority priority, const char *why,
		 const char *path, size_t len, int error)
{
	char data[1024];
	struct text line = { .data = data, .size = sizeof(data) - 1 };

	start(&line, priority);
	add_reason(&line, why);
	add_error(&line, error);
	text_string(&line, " path=");
	text_quoted(&line, path, len);
	if (error == EACCES || error == EPERM) {
		text_string(&line, " uid=");
		text_number(&line, geteuid());
	}
	send_line(&line);
}

void report(enum report_priority priority, const char *why, int error)
{
	char data[1024];
	struct text line = { .data = data, .size = sizeof(data) - 1 };

	start(&line, priority);
	add_reason(&line, why);
	add_error(&line, error);
	send_line(&line);
}
