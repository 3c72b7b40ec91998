/* SPDX-License-Identifier: ISC */
#include "session/client.h"

#include <errno.h>
#include <string.h>

#include "os/log.h"
#include "os/record.h"

/* Waits for the client, and for what may happen meanwhile. */
static void wait_client(struct session *s)
{
	size_t room;
	char *const to = line_space(&s->client.line, &room);
	unsigned events;
	ssize_t n;

	if (io_flush(&s->io) < 0 || s->client.ended) {
		if (s->client.ended && !s->io.gone)
			session_over(s, "client closed");
		else
			session_over_outside(s);
		return;
	}
	events = s->backend.child.exited && s->backend.up
			 ? IO_REPLY
			 : io_wait(&s->io, IO_INPUT | IO_REPLY);
	if (session_waited(s, events))
		return;
	/* What it has begun to say is no command yet. */
	if (events & IO_IDLE)
		session_over_time(s, "no command for", s->io.idle_ms);
	if (s->outcome.ending != GOES_ON || (events & IO_INPUT) == 0)
		return;
	n = io_read(&s->io, to, room);
	if (n > 0)
		line_added(&s->client.line, (size_t)n);
	else if (n != -EAGAIN)
		s->client.ended = true;
	/* Not an end, but a reset, or silence for too long. */
	s->io.gone |= n < 0 && n != -EAGAIN;
}

bool client_line(struct session *s, char **text, size_t *len, bool *too_long)
{
	/* What a client that is gone, or idle, had sent is not done. */
	if (s->io.gone)
		session_over_outside(s);
	while (s->outcome.ending == GOES_ON) {
		const enum line_verdict verdict =
			line_next(&s->client.line, text, len);

		*too_long = verdict == LINE_LONG;
		if (*too_long)
			log_once(&s->client.noted, "note", "what",
				 "the client sent a line that is too "
				 "long for any command");
		if (verdict != LINE_NONE) {
			io_active(&s->io);
			return true;
		}
		wait_client(s);
	}
	return false;
}

/* What is said goes to where somebody wants to see it. */
static void said(const struct session *s, char dir, const char *text,
		 size_t len)
{
	if (s->backend.trace)
		log_trace("client", dir, text, len);
	record_line(s->io.record, RECORD_CLIENT, dir, text, len);
}

void client_said(const struct session *s, const char *text, size_t shown,
		 size_t len)
{
	char masked[LIMIT_COMMAND_NAME + 8];

	if (shown == len) {
		said(s, '<', text, len);
		return;
	}
	memcpy(masked, text, shown);
	memcpy(masked + shown, "***", 3);
	said(s, '<', masked, shown + 3);
}

void client_reply(struct session *s)
{
	char *const to = io_space(&s->io, LIMIT_RESPONSE);
	const size_t n = reply_format(&s->reply, to);
	const bool secret = s->client.secret;

	/* The backend may say what the client proved itself with. */
	said(s, '>', to, secret && s->reply.quoted ? strcspn(to, " ") : n - 2);
	s->io.recorded = false;
	io_added(&s->io, n);
	s->io.recorded = record_on(s->io.record) && !secret;
}

void client_begin(struct session *s)
{
	reply_ok(&s->reply, "message follows");
	client_reply(s);
}

void client_challenge(struct session *s, const char *base64, size_t len)
{
	s->io.recorded = false;
	io_put(&s->io, "+ ", 2);
	io_put(&s->io, base64, len);
	io_put(&s->io, "\r\n", 2);
	said(s, '>', "+ ...", 5);
}
