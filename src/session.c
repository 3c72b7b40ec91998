/* SPDX-License-Identifier: ISC */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "authorization.h"
#include "base64.h"
#include "body.h"
#include "claimed.h"
#include "commands.h"
#include "details.h"
#include "environment.h"
#include "log.h"
#include "number.h"
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
static void over_outside(struct session *s)
{
	const int64_t login_at = s->io.login_at;

	if (login_at > 0 && io_now() >= login_at)
		over_time(s, "not logged in after",
			  (int64_t)s->options->login_timeout * 1000);
	else if (s->io.idle_out)
		over_time(s, "client stopped reading for", s->io.idle_ms);
	else if (s->io.gone)
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

/* The one line about a fault, and what becomes of the session. */
static void fault(struct session *s)
{
	const struct fault *const f = &s->backend.fault;
	const struct process *const child = &s->backend.child;
	struct log_line l;

	session_log_start(s, &l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "request", f->request);
	log_text(&l, "what", f->what);
	if (f->seen_len > 0)
		log_octets(&l, "seen", f->seen, f->seen_len);
	if (f->seconds > 0)
		log_number(&l, "seconds", f->seconds);
	if (child->exited)
		log_number(&l, child->signalled ? "signal" : "status",
			   (uint64_t)child->status);
	log_end(&l);
	reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
	if (s->options->reveal_errors)
		reply_err(&s->reply, "SYS/TEMP", f->what);
	if (s->options->keep_going && s->state == TRANSACTION)
		return;
	s->trouble = true;
	session_over(s, "fault");
}

void session_fault(struct session *s, const char *what)
{
	backend_fail(&s->backend, what);
	fault(s);
}

bool session_ask(struct session *s, enum wire_verb verb, const char *name,
		 const struct wire_field *fields, size_t count, bool secret)
{
	const struct backend_taker taker = { s, details_take, details_body };
	const bool offers = verb <= WIRE_MORE;
	const unsigned locks = s->lock_count;
	enum backend_verdict verdict;
	bool ok;

	if (!s->backend.up) {
		reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
		return false;
	}
	if (offers)
		s->staged = s->offers;
	verdict = backend_ask(&s->backend, verb, name, fields, count, secret,
			      &taker, &s->answer);
	ok = verdict == BACKEND_ANSWERED && s->answer.result == WIRE_OK;
	if (ok && offers)
		details_settle(s);
	else if (!ok)
		details_unlock(s, locks);
	switch (verdict) {
	case BACKEND_ANSWERED:
		if (s->answer.close)
			session_over(s, "closed by the backend");
		return true;
	case BACKEND_FAULT:
		fault(s);
		return false;
	case BACKEND_INVALID:
		s->errors++;
		reply_err(&s->reply, NULL, "invalid argument");
		return false;
	case BACKEND_OVER:
		break;
	}
	reply_err(&s->reply, "IN-USE", "the maildrop is in use");
	if (s->answer.busy)
		session_over(s, "in use");
	else
		over_outside(s);
	return false;
}

bool session_ask_message(struct session *s, enum wire_verb verb,
			 const struct message *m, struct wire_field more)
{
	char digits[20];
	size_t len;
	const char *const uid = maildrop_given_uid(&s->drop, m, &len);
	const struct wire_field fields[] = {
		{ digits, number_print((uint64_t)(m - s->drop.messages) + 1,
				       digits) },
		{ uid, len },
		more,
	};

	return session_ask(s, verb, NULL, fields, 3, false);
}

void session_answer(struct session *s, const char *ok, const char *code,
		    const char *err)
{
	const struct answer *const a = &s->answer;

	if (a->result == WIRE_OK)
		reply_ok(&s->reply, ok);
	else if (a->result == WIRE_TEMP)
		reply_err(&s->reply, "SYS/TEMP", "try again later");
	else
		reply_err(&s->reply, code, err);
	reply_text(&s->reply, a->text, a->text_len);
}

void session_delay(struct session *s)
{
	int64_t ms = (int64_t)s->options->auth_delay * 1000;

	if (ms < LIMIT_AUTH_DELAY_MIN_MS)
		ms = LIMIT_AUTH_DELAY_MIN_MS;
	s->io.pause_at = io_now() + ms;
	while (!s->over) {
		size_t room;
		char *const to = line_space(&s->line, &room);
		const bool read = room > 0 && !s->client_ended;
		const unsigned events =
			io_wait(&s->io, (read ? IO_INPUT : 0) | IO_REPLY);
		ssize_t n = -EAGAIN;

		if (events & (IO_TERM | IO_LOGIN))
			over_outside(s);
		if (events & IO_CHILD)
			process_exited(&s->backend.child);
		if ((events & (IO_REPLY | IO_CHILD)) &&
		    backend_look(&s->backend) != NULL)
			fault(s);
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
			over_outside(s);
		return;
	}
	events = s->backend.child.exited && s->backend.up ?
			 IO_REPLY :
			 io_wait(&s->io, IO_INPUT | IO_REPLY);
	if (events & IO_CHILD)
		process_exited(&s->backend.child);
	if (events & (IO_TERM | IO_LOGIN)) {
		over_outside(s);
		return;
	}
	if ((events & (IO_REPLY | IO_CHILD)) &&
	    backend_look(&s->backend) != NULL) {
		fault(s);
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
	session_over(s, "a body broke off");
	s->io.len = 0;
	s->hurry = true;
}

/* P1.13: control characters nowhere; 8-bit octets only where a row says so. */
static bool clean(const char *text, size_t len, bool eight_bit)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f || (c > 0x7f && !eight_bit))
			return false;
	}
	return true;
}

/* Takes the arguments apart; false where they do not fit the form. */
static bool parse_arguments(enum argument_form form, struct arguments *a)
{
	const char *const blank = memchr(a->text, ' ', a->len);
	const size_t first = blank != NULL ? (size_t)(blank - a->text) :
					     a->len;

	switch (form) {
	case ARGS_TEXT:
		return true;
	case ARGS_NONE:
		return a->len == 0;
	case ARGS_MAYBE_NUMBER:
		if (a->len == 0)
			return true;
		/* fall through */
	case ARGS_NUMBER:
		a->count = 1;
		return number_parse(a->text, a->len, &a->number[0]);
	case ARGS_NUMBER_LINES:
		a->count = 2;
		return blank != NULL &&
		       number_parse(a->text, first, &a->number[0]) &&
		       number_parse(blank + 1, a->len - first - 1,
				    &a->number[1]);
	}
	return false;
}

static void refuse(struct session *s, const char *text)
{
	s->errors++;
	reply_err(&s->reply, NULL, text);
}

/* The name in upper case; false where it can be none. */
static bool upper_name(const char *text, size_t len,
		       char name[LIMIT_COMMAND_NAME + 1])
{
	if (len == 0 || len > LIMIT_COMMAND_NAME)
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ?
					 text[i] - 'a' + 'A' :
					 text[i]);
	name[len] = '\0';
	return true;
}

void session_own(struct session *s, const struct command *row,
		 struct arguments *a)
{
	if (row->handle == NULL)
		refuse(s, "command unimplemented");
	else if (!parse_arguments(row->form, a))
		refuse(s, "invalid arguments");
	else
		row->handle(s, a);
}

/* One command line: fills the reply. */
static void dispatch(struct session *s, const char *text, size_t len)
{
	const char *const blank = memchr(text, ' ', len);
	const size_t verb = blank != NULL ? (size_t)(blank - text) : len;
	struct arguments a = { .text = blank != NULL ? blank + 1 : "",
			       .len = blank != NULL ? len - verb - 1 : 0,
			       .given = blank != NULL };
	char name[LIMIT_COMMAND_NAME + 1] = "";
	const bool named = upper_name(text, verb, name);
	const struct command *const row = commands_find(name);
	const struct claim *const claim =
		commands_claimed(&s->offers, name, s->state);

	trace_command(s, name, claim, text, len);
	/* RFC 1939 section 7: PASS only immediately after USER. */
	if (strcmp(name, "PASS") != 0)
		s->named = false;
	if (len + 2 > LIMIT_COMMAND && strcmp(name, "AUTH") != 0) {
		refuse(s, "line too long");
	} else if (!named || !clean(text, verb, false) ||
		   !clean(a.text, a.len,
			  claim != NULL || (row != NULL && row->eight_bit))) {
		refuse(s, "invalid characters in a command");
	} else if (claim != NULL) {
		claimed_handle(s, claim, row, &a);
	} else if (row == NULL || (row->states & s->state) == 0) {
		refuse(s, s->state == AUTHORIZATION ?
				  "unknown AUTHORIZATION state command" :
				  "unknown TRANSACTION state command");
	} else {
		session_own(s, row, &a);
	}
}

static void command(struct session *s, char *text, size_t len, bool too_long)
{
	s->lines = NULL;
	s->message = NULL;
	s->body_top = false;
	s->stream.begun = false;
	reply_ok(&s->reply, "");
	if (too_long)
		refuse(s, "line too long");
	else
		dispatch(s, text, len);
	if (s->errors > s->options->max_errors && !s->reply.ok) {
		session_over(s, "too many errors");
		reply_text(&s->reply, "too many errors", 15);
	}
	/* A password may have stood there. */
	if (s->state == AUTHORIZATION && !too_long)
		explicit_bzero(text, len);
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

static void start(struct session *s, const struct options *o,
		  struct peer *peer, const char *id)
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
	if (o->login_timeout > 0 && o->preauth == NULL)
		s->io.login_at = io_now() + (int64_t)o->login_timeout * 1000;
	s->offers.idle_ms = s->io.idle_ms;
	if (o->debug) {
		s->backend.trace = trace_backend;
		s->backend.trace_arg = s;
	}
	for (unsigned i = 0; i < o->command_count; i++) {
		const char *const name = o->commands[i];
		const size_t n = strcspn(name, ":");

		commands_claim(&s->offers, name, n,
			       name[n + 1] == 'a' ? AUTHORIZATION :
			       name[n + 1] == 't' ? TRANSACTION :
						    AUTHORIZATION | TRANSACTION,
			       false);
	}
	if (o->timeout > 0 && o->timeout < LIMIT_IDLE) {
		session_log_start(s, &l, LOG_PRIORITY_NOTICE, "note");
		log_text(&l, "what",
			 "idle timer below the ten minutes of RFC 1939");
		log_end(&l);
	}
}

int session_serve(struct session *s, const struct options *o,
		  struct peer *peer, const char *id)
{
	const int64_t since = io_now();
	char *text = NULL;
	size_t len = 0;
	bool too_long;

	start(s, o, peer, id);
	if (o->proxy && !proxy_take(s, peer)) {
		s->hurry = true;
		io_end(&s->io, true);
		return 0;
	}
	if (start_backend(s))
		authorization_greet(s);
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
	backend_stop(&s->backend);
	maildrop_free(&s->drop);
	log_ended(s, since);
	return s->trouble ? 75 : 0;
}
