/* SPDX-License-Identifier: ISC */
#include "proxy.h"

#include <errno.h>

#include "proxy-header.h"

static bool may_send(const struct options *o, const struct peer *p)
{
	if (p->local)
		return true;
	for (unsigned i = 0; i < o->proxy_from_count; i++)
		if (proxy_header_from(p->remote_address, o->proxy_from[i]))
			return true;
	return false;
}

static bool refuse(struct session *s, const char *why)
{
	struct log_line l;

	session_log_start(s, &l, LOG_PRIORITY_WARNING, "refused");
	log_text(&l, "why", why);
	log_end(&l);
	return false;
}

bool proxy_take(struct session *s, struct peer *p)
{
	enum proxy_verdict verdict = PROXY_MORE;
	size_t used = 0;

	if (!may_send(s->options, p))
		return refuse(s, "a PROXY header is not taken from there");
	while (verdict == PROXY_MORE) {
		size_t room;
		char *const to = line_space(&s->line, &room);
		const unsigned events = io_wait(&s->io, IO_INPUT);
		ssize_t n;

		if ((events & IO_INPUT) == 0 && events != IO_CHILD)
			return refuse(s, "no PROXY header in time");
		n = io_read(&s->io, to, room);
		if (n == -EAGAIN)
			continue;
		if (n <= 0)
			return refuse(s, "no PROXY header");
		line_added(&s->line, (size_t)n);
		verdict =
			proxy_header_parse(s->line.data, s->line.end, p, &used);
	}
	if (verdict == PROXY_BAD)
		return refuse(s, "bad PROXY header");
	s->line.start = s->line.scan = used;
	return true;
}
