/* SPDX-License-Identifier: ISC */
#include "protocol/stderr.h"

#include "os/log.h"

static void line(struct stderr_log *e, enum log_priority priority,
		 const char *text, size_t len)
{
	struct log_line l;

	if (len == 0)
		return;
	if (e->lines > LIMIT_LOG_BACKEND) {
		e->lines++;
		return;
	}
	log_start(&l, priority, "backend");
	if (e->lines++ == LIMIT_LOG_BACKEND)
		log_text(&l, "text", "too many lines: no more are shown");
	else
		log_octets(&l, "text", text, len);
	log_end(&l);
}

static void end_line(struct stderr_log *e)
{
	enum log_priority priority = LOG_PRIORITY_NOTICE;
	const char *text = e->line;
	size_t len = e->len;

	e->len = 0;
	if (len >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' &&
	    text[2] == '>') {
		priority = (enum log_priority)(text[1] - '0');
		text += 3;
		len -= 3;
	}
	line(e, priority, text, len);
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

const char *stderr_detail(struct stderr_log *e, const struct wire_line *l)
{
	const struct wire_field *const n = &l->field[0], *const text = n + 1;

	if (n->len != 1 || n->data[0] < '3' || n->data[0] > '7')
		return "log with no priority from 3 to 7";
	line(e, (enum log_priority)(n->data[0] - '0'), text->data, text->len);
	return NULL;
}
