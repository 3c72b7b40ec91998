/* SPDX-License-Identifier: ISC */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "authorization.h"
#include "body.h"
#include "commands.h"
#include "details.h"
#include "environment.h"
#include "log.h"
#include "proxy.h"
#include "relay.h"

void session_over(struct session *s, const char *why)
{
	if (s->why[0] == '\0')
		snprintf(s->why, sizeof(s->why), "%s", why);
	s->over = true;
}

/* A timer struck: nothing is sent, nothing removed (RFC 1939 section 3). */
static void over_time(struct session *s, const char *what, int64_t ms)
{
	char why[sizeof(s->why)];

	snprintf(why, sizeof(why), "%s %llu s", what,
		 (unsigned long long)(ms / 1000));
	session_over(s, why);
	s->hurry = true;
}

/* The session ends for a reason that io knows. */
void session_over_outside(struct session *s)
{
	const int64_t login_at = s->io.login_at;

	if (login_at > 0 && io_now() >= login_at)
		over_time(s, "not logged in after",
			  (int64_t)s->options->login_timeout * 1000);
	else if (s->io.gone_by & IO_IDLE)
		over_time(s, "client stopped reading for", s->io.idle_ms);
	else if (s->io.gone && (s->io.gone_by & IO_TERM) == 0)
		session_over(s, "client gone");
	else
		session_over(s, "terminated");
	s->hurry = true;
}

void session_log_start(const struct session *s, struct log_line *l,
		       enum log_priority priority, const char *event)
{
	log_start(l, priority, event);
	if (s->user_len > 0)
		log_octets(l, "user", s->user, s->user_len);
	if (s->peer->remote_address[0] != '\0')
		log_text(l, "address", s->peer->remote_address);
}

void session_delay(struct session *s)
{
	int64_t ms = (int64_t)s->options->auth_delay * 1000;

	if (ms < LIMIT_AUTH_DELAY_MIN_MS)
		ms = LIMIT_AUTH_DELAY_MIN_MS;
	if (io_flush(&s->io) < 0)
		session_over_outside(s);
	/* The client waits for us, so it is not idle. */
	s->io.idle_at = 0;
	s->io.pause_at = io_now() + ms;
	while (!s->over) {
		size_t room;
		char *const to = line_space(&s->line, &room);
		const bool read = room > 0 && !s->client_ended;
		const unsigned events =
			io_wait(&s->io, (read ? IO_INPUT : 0) | IO_REPLY);
		ssize_t n = -EAGAIN;

		if (events & (IO_TERM | IO_LOGIN))
			session_over_outside(s);
		if (events & IO_CHILD)
			process_exited(&s->backend.child);
		if (events & (IO_REPLY | IO_CHILD))
			session_look(s);
		if (read && (events & IO_INPUT))
			n = io_read(&s->io, to, room);
		if (n > 0)
			line_added(&s->line, (size_t)n);
		else if (n != -EAGAIN)
			s->client_ended = true;
		/* The client is gone, and nothing of it is left to do. */
		if (s->client_ended && !line_ready(&s->line))
			session_over(s, "client closed");
		if (events & IO_PAUSE)
			break;
	}
	s->io.pause_at = 0;
}

/* Waits for the client, and for what may happen meanwhile. */
static void wait_client(struct session *s)
{
	size_t room;
	char *const to = line_space(&s->line, &room);
	unsigned events;
	ssize_t n;

	if (io_flush(&s->io) < 0 || s->client_ended) {
		if (s->client_ended && !s->io.gone)
			session_over(s, "client closed");
		else
			session_over_outside(s);
		return;
	}
	events = s->backend.child.exited && s->backend.up
			 ? IO_REPLY
			 : io_wait(&s->io, IO_INPUT | IO_REPLY);
	if (events & IO_CHILD)
		process_exited(&s->backend.child);
	if (events & (IO_TERM | IO_LOGIN)) {
		session_over_outside(s);
		return;
	}
	if (events & (IO_REPLY | IO_CHILD)) {
		session_look(s);
		if (s->over)
			return;
	}
	if ((events & IO_INPUT) == 0) {
		if (events & IO_IDLE)
			over_time(s, "no command for", s->io.idle_ms);
		return;
	}
	n = io_read(&s->io, to, room);
	if (n > 0)
		line_added(&s->line, (size_t)n);
	else if (n != -EAGAIN)
		s->client_ended = true;
}

bool session_line(struct session *s, char **text, size_t *len, bool *too_long)
{
	while (!s->over) {
		const enum line_verdict verdict =
			line_next(&s->line, text, len);

		*too_long = verdict == LINE_LONG;
		if (verdict != LINE_NONE) {
			io_active(&s->io);
			return true;
		}
		wait_client(s);
	}
	return false;
}

static void trace_client(struct session *s, char dir, const char *text,
			 size_t len)
{
	if (s->options->debug)
		trace_line(s, "client", dir, text, len);
}

static void send_reply(struct session *s)
{
	char *const to = io_space(&s->io, LIMIT_RESPONSE);
	const size_t n = reply_format(&s->reply, to);

	trace_client(s, '>', to, n - 2);
	io_added(&s->io, n);
}

void session_begin(struct session *s)
{
	reply_ok(&s->reply, "message follows");
	send_reply(s);
}

void session_challenge(struct session *s, const char *base64, size_t len)
{
	io_put(&s->io, "+ ", 2);
	io_put(&s->io, base64, len);
	io_put(&s->io, "\r\n", 2);
	trace_client(s, '>', "+ ...", 5);
}

/*
 * The one place that answers a command: a status line, the lines behind it,
 * the dot. After +OK a failure breaks the connection without the dot.
 */
static void speak(struct session *s)
{
	bool whole = true;

	if (s->stream.begun) {
		whole = s->reply.ok;
		if (whole)
			body_finish(s);
	} else {
		send_reply(s);
		if (!s->reply.ok || s->lines == NULL)
			return;
		whole = s->lines(s);
	}
	if (whole) {
		io_put(&s->io, ".\r\n", 3);
		return;
	}
	if (s->io.gone)
		session_over_outside(s);
	else
		session_over(s, "a body broke off");
	s->io.len = 0;
	s->hurry = true;
}

static void command(struct session *s, char *text, size_t len, bool too_long)
{
	s->lines = NULL;
	s->message = NULL;
	s->body_top = false;
	s->stream.begun = false;
	reply_ok(&s->reply, "");
	if (too_long)
		commands_refuse(s, "line too long");
	else
		commands_dispatch(s, text, len);
	if (s->errors > s->options->max_errors && !s->reply.ok) {
		session_over(s, "too many errors");
		reply_text(&s->reply, "too many errors", 15);
	}
	if (!s->hurry)
		speak(s);
	io_active(&s->io);
}

static void log_ended(struct session *s, int64_t since)
{
	const struct tally *const t = &s->tally;
	struct log_line l;

	session_log_start(s, &l, LOG_PRIORITY_INFO, "ended");
	log_text(&l, "why", s->why);
	log_number(&l, "retr", t->retr);
	log_number(&l, "retr_octets", t->retr_octets);
	log_number(&l, "top", t->top);
	log_number(&l, "top_octets", t->top_octets);
	log_number(&l, "dele", t->dele);
	log_number(&l, "dele_octets", t->dele_octets);
	log_number(&l, "in", s->io.octets_in);
	log_number(&l, "out", s->io.octets_out);
	log_number(&l, "seconds", (uint64_t)(io_now() - since) / 1000);
	log_end(&l);
}

static bool start_backend(struct session *s)
{
	char path[LIMIT_PATH];
	char **const env = environment_make(s->peer, s->id);
	int error = -ENOMEM;
	struct log_line l;

	if (env != NULL)
		error = environment_start(&s->backend, &s->io, s->options, env,
					  path);
	environment_free(env);
	if (error == 0)
		return true;
	session_log_start(s, &l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "request", "start");
	log_text(&l, "what", "the backend cannot be started");
	log_text(&l, "backend", s->options->backend[0]);
	log_text(&l, "error", strerror(-error));
	log_end(&l);
	reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
	s->trouble = true;
	session_over(s, "fault");
	return false;
}

static void start(struct session *s, const struct options *o, struct peer *peer,
		  const char *id)
{
	struct log_line l;

	s->options = o;
	s->peer = peer;
	s->id = id;
	s->state = AUTHORIZATION;
	s->body = s->spool = -1;
	io_start(&s->io, (int64_t)o->timeout * 1000);
	s->io.relay = relay_take;
	s->io.relay_arg = s;
	s->terms.idle_ms = s->io.idle_ms;
	if (o->debug) {
		s->backend.trace = trace_backend;
		s->backend.trace_arg = s;
	}
	for (unsigned i = 0; i < o->command_count; i++) {
		const char *const name = o->commands[i];
		const size_t n = strcspn(name, ":");

		commands_claim(&s->offers, name, n,
			       name[n + 1] == 'a' ? AUTHORIZATION
			       : name[n + 1] == 't'
				       ? TRANSACTION
				       : AUTHORIZATION | TRANSACTION,
			       false);
	}
	if (o->timeout > 0 && o->timeout < LIMIT_IDLE) {
		session_log_start(s, &l, LOG_PRIORITY_NOTICE, "note");
		log_text(&l, "what",
			 "idle timer below the ten minutes of RFC 1939");
		log_end(&l);
	}
}

/* Whoever the client is, he is known now: the session starts. */
static void begin(struct session *s)
{
	const struct options *const o = s->options;
	struct log_line l;

	session_log_start(s, &l, LOG_PRIORITY_INFO, "started");
	if (s->peer->remote_port[0] != '\0')
		log_text(&l, "port", s->peer->remote_port);
	if (s->peer->local_address[0] != '\0') {
		log_text(&l, "local_address", s->peer->local_address);
		log_text(&l, "local_port", s->peer->local_port);
	}
	log_text(&l, "backend", o->backend[0]);
	log_end(&l);
	if (o->login_timeout > 0 && o->preauth == NULL)
		s->io.login_at = io_now() + (int64_t)o->login_timeout * 1000;
	if (start_backend(s))
		authorization_greet(s);
}

int session_serve(struct session *s, const struct options *o, struct peer *peer,
		  const char *id)
{
	const int64_t since = io_now();
	char *text = NULL;
	size_t len = 0;
	bool too_long;

	start(s, o, peer, id);
	if (!o->proxy || proxy_take(s, peer))
		begin(s);
	if (!s->hurry)
		speak(s);
	while (!s->over && session_line(s, &text, &len, &too_long))
		command(s, text, len, too_long);

	/* The end, in this order: see pop3-skel-backend(7). */
	s->io.critical = true;
	details_unlock(s, 0);
	if (!s->hurry)
		io_flush(&s->io);
	backend_hang_up(&s->backend);
	io_end(&s->io, s->hurry);
	session_stop(s);
	maildrop_free(&s->drop);
	log_ended(s, since);
	return s->trouble ? 75 : 0;
}
