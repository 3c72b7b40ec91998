/* SPDX-License-Identifier: ISC */
#include "session/proxy.h"

#include <errno.h>

#include "pure/proxy-header.h"

static bool may_send(const struct options *o, const struct peer *p)
{
	if (p->local)
		return true;
	for (unsigned i = 0; i < o->proxy_from_count; i++)
		if (address_within(p->remote_address, o->proxy_from[i]))
			return true;
	return false;
}

void proxy_covered(const struct options *o, struct peer *p)
{
	if (o->tls_in_front && may_send(o, p))
		p->tls = (struct tls){ .on = true, .version = "unknown" };
}

/* How long a header may take, in ms. */
static int64_t time_limit(const struct options *o)
{
	const uint64_t login = o->login_timeout;

	return 1000 * (int64_t)(login > 0 && login < LIMIT_PROXY_TIME
					? login
					: LIMIT_PROXY_TIME);
}

const char *proxy_read(struct session *s, struct peer *p, int64_t ms)
{
	enum proxy_verdict verdict = PROXY_MORE;
	size_t used = 0;

	/* It has a timer of its own. */
	s->io.idle_at = 0;
	s->io.pause_at = io_now() + ms;
	while (verdict == PROXY_MORE) {
		size_t room;
		char *const to = line_space(&s->client.line, &room);
		const unsigned events = io_wait(&s->io, IO_INPUT);
		ssize_t n;

		/* The death of a backend is for who ends it. */
		if (events & IO_CHILD)
			process_exited(&s->backend.child);
		if (events & IO_TERM)
			return "terminated";
		if (events & IO_LOGIN) {
			session_over_outside(s);
			return "not logged in in time";
		}
		if (events & IO_PAUSE)
			return "no PROXY header in time";
		if ((events & IO_INPUT) == 0)
			continue;
		n = io_read(&s->io, to, room);
		if (n == -EAGAIN)
			continue;
		/* Who asks whether the port is open says nothing. */
		s->io.gone = n < 0 || (n == 0 && s->client.line.end == 0);
		if (s->io.gone)
			return NULL;
		if (n == 0)
			return "no PROXY header";
		line_added(&s->client.line, (size_t)n);
		verdict = proxy_header_parse(s->client.line.data,
					     s->client.line.end, p, &used);
	}
	s->io.pause_at = 0;
	s->client.line.start = s->client.line.scan = used;
	/* What is told of the client's octets leaves the proxy's out. */
	s->io.octets_in -= used;
	return verdict == PROXY_TAKEN ? NULL : "bad PROXY header";
}

bool proxy_take(struct session *s, struct peer *p)
{
	const char *const why =
		may_send(s->options, p)
			? proxy_read(s, p, time_limit(s->options))
			: "a PROXY header is not taken from there";
	struct log_line l;

	if (why == NULL)
		return true;
	log_start(&l, LOG_PRIORITY_WARNING, "refused");
	log_text(&l, "why", why);
	log_end(&l);
	session_over_now(s, why);
	return false;
}
