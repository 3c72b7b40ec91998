/* SPDX-License-Identifier: ISC */
#include "protocol/stderr.h"

#include <string.h>

static void relay_line(struct session *s)
{
	enum log_priority priority = LOG_PRIORITY_NOTICE;
	const char *text = s->relay;
	size_t len = s->relay_len;
	struct log_line l;

	s->relay_len = 0;
	if (len == 0)
		return;
	if (s->backend_lines > LIMIT_LOG_BACKEND) {
		s->backend_lines++;
		return;
	}
	if (len >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' &&
	    text[2] == '>') {
		priority = (enum log_priority)(text[1] - '0');
		text += 3;
		len -= 3;
	}
	log_start(&l, priority, "backend");
	if (s->backend_lines++ == LIMIT_LOG_BACKEND)
		log_text(&l, "text", "too many lines: no more are shown");
	else
		log_octets(&l, "text", text, len);
	log_end(&l);
}

void relay_take(void *arg, const char *data, size_t n)
{
	struct session *const s = arg;

	if (n == 0)
		relay_line(s);
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n')
			relay_line(s);
		else if (s->relay_len < sizeof(s->relay))
			s->relay[s->relay_len++] = data[i];
	}
}

void trace_line(struct session *s, const char *with, char dir, const char *text,
		size_t len)
{
	char line[LIMIT_LOG_LINE] = { dir, ' ' };
	struct log_line l;

	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	memcpy(line + 2, text, len);
	log_start(&l, LOG_PRIORITY_DEBUG, "trace");
	log_octets(&l, with, line, len + 2);
	log_end(&l);
	(void)s;
}

void trace_backend(void *arg, char dir, const char *text, size_t len)
{
	trace_line(arg, "backend", dir, text, len);
}

void trace_command(struct session *s, const char *name, bool known,
		   const struct claim *c, const char *text, size_t len)
{
	static const char *const secret[] = { "PASS", "APOP", "AUTH" };
	char masked[LIMIT_COMMAND_NAME + 8];
	bool mask = c != NULL && c->secret;

	if (!s->options->debug)
		return;
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		mask |= strcmp(name, secret[i]) == 0;
	if (s->state == AUTHORIZATION && c == NULL && !known) {
		trace_line(s, "client", '<', "***", 3);
	} else if (mask) {
		const size_t n = strlen(name);

		memcpy(masked, name, n);
		memcpy(masked + n, " ***", 4);
		trace_line(s, "client", '<', masked, n + 4);
	} else {
		trace_line(s, "client", '<', text, len);
	}
}
