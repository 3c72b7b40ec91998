/* SPDX-License-Identifier: ISC */
#include "pure/line.h"

#include <string.h>

void line_init(struct line *l)
{
	l->start = l->scan = l->end = 0;
	l->swallow = false;
}

char *line_space(struct line *l, size_t *room)
{
	if (l->start > 0) {
		l->end -= l->start;
		memmove(l->data, l->data + l->start, l->end);
		/* What was given out may have held a password. */
		explicit_bzero(l->data + l->end, l->start);
		l->scan -= l->start;
		l->start = 0;
	}
	*room = sizeof(l->data) - l->end;
	return l->data + l->end;
}

void line_added(struct line *l, size_t n)
{
	l->end += n;
}

enum line_verdict line_next(struct line *l, char **text, size_t *len)
{
	char *const from = l->data + l->start;
	const char *const lf =
		memchr(l->data + l->scan, '\n', l->end - l->scan);
	size_t n;

	if (lf == NULL) {
		l->scan = l->end;
		/*
		 * Nothing of an overlong line is kept, so that there is
		 * always room for the next read.
		 */
		if (l->end - l->start >= LIMIT_AUTH_LINE)
			l->swallow = true;
		if (l->swallow) {
			explicit_bzero(l->data, l->end);
			l->start = l->scan = l->end = 0;
		}
		return LINE_NONE;
	}
	n = (size_t)(lf - from);
	l->start = l->scan = l->start + n + 1;
	if (l->swallow || n + 1 > LIMIT_AUTH_LINE) {
		l->swallow = false;
		return LINE_LONG;
	}
	if (n > 0 && from[n - 1] == '\r')
		n--;
	*text = from;
	*len = n;
	return LINE_WHOLE;
}
