/* SPDX-License-Identifier: ISC */
#include "session/serve.h"

#include <string.h>

#include "os/log.h"
#include "os/record.h"
#include "protocol/environment.h"
#include "protocol/offers.h"
#include "session/authorization.h"
#include "session/client.h"
#include "session/commands.h"
#include "session/login.h"
#include "session/proxy.h"
#include "session/retr.h"
#include "session/sizes.h"
#include "session/start.h"
#include "session/stls.h"

/*
 * The one place that answers a command: a status line, the lines behind it,
 * the dot. After +OK a failure breaks the connection without the dot.
 */
static void speak(struct session *s)
{
	bool whole = true;

	if (s->transfer.begun) {
		whole = s->reply.ok;
		if (whole)
			body_finish(s);
	} else {
		client_reply(s);
		if (!s->reply.ok || s->lines == NULL)
			return;
		whole = s->lines(s);
	}
	if (whole) {
		io_put(&s->io, ".\r\n", 3);
		return;
	}
	s->io.len = 0;
	if (s->io.gone)
		session_over_outside(s);
	else
		session_over_now(s, "a body broke off");
}

static void command(struct session *s, char *text, size_t len, bool too_long)
{
	s->lines = NULL;
	s->client.secret = false;
	s->transfer.message = NULL;
	s->transfer.begun = false;
	body_sent(s);
	if (s->outcome.ending == GOES_ON) {
		reply_ok(&s->reply, "");
		if (too_long)
			commands_too_long(s);
		else
			commands_line(s, text, len);
	}
	if (s->client.errors > s->options->max_errors && !s->reply.ok) {
		session_over(s, "too many errors");
		reply_text(&s->reply, "too many errors", 15);
	}
	if (s->outcome.ending < ENDS_NOW)
		speak(s);
	if (s->client.stls > 0)
		stls_begin(s);
	io_active(&s->io);
}

static void log_more(const char *like, uint64_t count)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "note");
	l.each = true;
	log_text(&l, "what", "more lines like others");
	log_text(&l, "like", like);
	log_number(&l, "count", count);
	log_end(&l);
}

/* What came too often, in a line for each kind. */
static void log_alike(struct session *s)
{
	const char *what;
	uint64_t count;
	unsigned at = 0;

	while (log_left_out(&at, &what, &count))
		log_more(what, count);
	if (s->backend.log.lines > LIMIT_LOG_BACKEND)
		log_more("backend", s->backend.log.lines - LIMIT_LOG_BACKEND);
}

static void log_ended(struct session *s, int64_t since)
{
	const struct tally *const t = &s->tally;
	struct log_line l;

	log_start(&l,
		  s->outcome.ending == UNMET ? LOG_PRIORITY_DEBUG
					     : LOG_PRIORITY_INFO,
		  "ended");
	log_text(&l, "why", s->outcome.why);
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

void serve_start(struct session *s, const struct options *o, struct peer *peer,
		 const char *id)
{
	s->options = o;
	s->peer = peer;
	s->id = id;
	s->state = AUTHORIZATION;
	spool_start(&s->spool, o->spool_max);
	io_start(&s->io, (int64_t)o->timeout * 1000);
	start_offers(s);
	s->backend.trace = o->debug;
	if (o->preauth != NULL)
		login_user(s, o->preauth, strlen(o->preauth));
}

/* Such as what asks whether the port is open, and resets: no session at all. */
static bool unmet(struct session *s)
{
	if (!s->io.gone && !io_gone(&s->io))
		return false;
	s->io.gone = true;
	session_over_outside(s);
	s->outcome.ending = UNMET;
	return true;
}

/* Whoever the client is, he is known now: the session starts. */
static void begin(struct session *s)
{
	const struct options *const o = s->options;
	struct log_line l;

	if (unmet(s))
		return;
	if (o->record != NULL)
		s->io.record = record_start(o->record, s->id, o->backend[0]);
	log_start(&l, LOG_PRIORITY_INFO, "started");
	if (s->peer->remote_port[0] != '\0')
		log_text(&l, "port", s->peer->remote_port);
	if (s->peer->local_address[0] != '\0') {
		log_text(&l, "local_address", s->peer->local_address);
		log_text(&l, "local_port", s->peer->local_port);
	}
	log_text(&l, "backend", o->backend[0]);
	log_end(&l);
	if (o->timeout > 0 && o->timeout < LIMIT_IDLE) {
		log_start(&l, LOG_PRIORITY_NOTICE, "note");
		log_text(&l, "what",
			 "idle timer below the ten minutes of RFC 1939");
		log_end(&l);
	}
	if (o->login_timeout > 0 && o->preauth == NULL)
		s->io.login_at = io_now() + (int64_t)o->login_timeout * 1000;
	if (start_backend(s))
		authorization_greet(s);
}

int serve_session(struct session *s, const struct options *o, struct peer *peer,
		  const char *id)
{
	const int64_t since = io_now();
	char *text = NULL;
	size_t len = 0;
	bool too_long;

	serve_start(s, o, peer, id);
	proxy_covered(o, peer);
	if (!o->proxy || (!unmet(s) && proxy_take(s, peer)))
		begin(s);
	if (s->outcome.ending < ENDS_NOW)
		speak(s);
	while (s->outcome.ending == GOES_ON &&
	       client_line(s, &text, &len, &too_long))
		command(s, text, len, too_long);

	/* The end, in this order: see pop3-skel-backend(7). */
	lock_free(&s->locks, 0);
	if (s->outcome.ending < ENDS_NOW)
		io_flush(&s->io);
	s->io.critical = true;
	if (!sizes_counted(s))
		channel_hang_up(&s->backend);
	io_end(&s->io, s->outcome.ending >= ENDS_NOW);
	sizes_tell(s);
	session_stop(s);
	maildrop_free(&s->drop);
	s->io.critical = false;
	s->io.recorded = false;
	record_end(s->io.record, s->outcome.why);
	s->io.record = NULL;
	login_owed(s);
	log_alike(s);
	log_ended(s, since);
	if (s->outcome.trouble)
		return 75;
	/* Behind a proxy it would be the proxy's. */
	return s->login.failed > 0 && !o->proxy ? environment_failed() : 0;
}
