/* SPDX-License-Identifier: ISC */
#include "protocol/stderr.h"

#include "os/log.h"

static void end_line(struct stderr_log *e)
{
	enum log_priority priority = LOG_PRIORITY_NOTICE;
	const char *text = e->line;
	size_t len = e->len;
	struct log_line l;

	e->len = 0;
	if (len == 0)
		return;
	if (e->lines > LIMIT_LOG_BACKEND) {
		e->lines++;
		return;
	}
	if (len >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' &&
	    text[2] == '>') {
		priority = (enum log_priority)(text[1] - '0');
		text += 3;
		len -= 3;
	}
	log_start(&l, priority, "backend");
	if (e->lines++ == LIMIT_LOG_BACKEND)
		log_text(&l, "text", "too many lines: no more are shown");
	else
		log_octets(&l, "text", text, len);
	log_end(&l);
}

void stderr_take(void *arg, const char *data, size_t n)
{
	struct stderr_log *const e = arg;

	if (n == 0)
		end_line(e);
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n')
			end_line(e);
		else if (e->len < sizeof(e->line))
			e->line[e->len++] = data[i];
	}
}
