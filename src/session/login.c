/* SPDX-License-Identifier: ISC */
#include "session/login.h"

#include <stdio.h>
#include <string.h>

#include "protocol/offers.h"
#include "session/next.h"

/* Whom the log is about, and so whether all that is said is traced. */
static void about(struct session *s, const char *name, size_t len)
{
	const char *const traced = s->options->debug_user;

	log_user(name, len);
	s->backend.trace =
		s->options->debug || (traced != NULL && len == strlen(traced) &&
				      memcmp(name, traced, len) == 0);
}

void login_user(struct session *s, const char *name, size_t len)
{
	if (len > 0)
		memmove(s->login.user, name, len);
	s->login.user_len = len;
	about(s, s->login.user, len);
}

bool login_clear(const struct session *s)
{
	return s->peer->tls.on || s->options->cleartext == CLEARTEXT_ALWAYS ||
	       (s->options->cleartext == CLEARTEXT_LOCAL && s->peer->local);
}

void login_refuse_clear(struct session *s)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "a secret in clear; see --cleartext");
	log_end(&l);
	s->client.errors++;
	reply_err(&s->reply, NULL,
		  "logins in clear are not allowed here; use TLS");
}

bool login_refuse_root(struct session *s)
{
	struct log_line l;

	if (!session_root(s))
		return false;
	log_start(&l, LOG_PRIORITY_ERROR, "refused");
	log_text(&l, "why",
		 "pop3-skel runs as root: run it as another user, let the "
		 "backend say become, or use --allow-root");
	log_end(&l);
	reply_err(&s->reply, "SYS/PERM", "the server is not set up");
	s->outcome.trouble = true;
	session_over(s, "root");
	return true;
}

/*
 * Waits, before the reply to a failed login; ends when the client is gone, but
 * not when it only sends no more. What is left of the wait is owed then.
 */
static void delay(struct session *s)
{
	session_owe(s);
	if (io_flush(&s->io) < 0)
		session_over_outside(s);
	s->io.pause_at = s->login.owed_until;
	while (s->outcome.ending == GOES_ON) {
		const unsigned events = io_wait(&s->io, IO_GONE | IO_REPLY);

		session_waited(s, events);
		if (events & IO_PAUSE)
			break;
	}
	s->io.pause_at = 0;
}

void login_owed(struct session *s)
{
	s->io.pause_at = s->login.owed_until;
	while (io_now() < s->login.owed_until &&
	       (io_wait(&s->io, 0) & IO_TERM) == 0)
		;
	s->io.pause_at = 0;
}

void login_by(struct session *s, const char *mechanism)
{
	snprintf(s->login.mechanism, sizeof(s->login.mechanism), "%s",
		 mechanism);
}

bool login_ask(struct session *s, enum wire_verb verb,
	       const struct wire_field *fields, size_t count)
{
	const bool named = verb == WIRE_LOGIN || verb == WIRE_APOP ||
			   (verb == WIRE_TOKEN && !(s->offers.token_user &&
						    wire_is(&fields[0], "-")));

	if (named)
		about(s, fields[0].data, fields[0].len);
	else if (verb != WIRE_MORE)
		about(s, NULL, 0);
	if (!session_ask(s, verb, NULL, fields, count, true)) {
		if (s->outcome.ending == GOES_ON)
			about(s, s->login.user, s->login.user_len);
		return false;
	}
	if (s->login.became && s->answer.result != WIRE_OK) {
		session_fault(s, "become without OK");
		return false;
	}
	/* That there are no passwords is known; of the others it said so. */
	if (s->answer.result == WIRE_DEFAULT && verb != WIRE_LOGIN)
		s->answer.result = WIRE_ERR;
	return true;
}

void login_forget(struct session *s)
{
	login_user(s, NULL, 0);
	s->login.vouched = false;
}

void login_failed(struct session *s, const char *name, size_t len)
{
	const enum ending ending = s->outcome.ending;
	struct log_line l;

	about(s, name, len);
	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "login");
	l.each = true;
	log_end(&l);
	login_forget(s);
	s->login.failed++;
	/* `close` in the answer saves nobody the delay. */
	s->outcome.ending = GOES_ON;
	delay(s);
	if (s->outcome.ending < ending)
		s->outcome.ending = ending;
	if (s->login.failed >= s->options->max_logins)
		session_over(s, "too many failed logins");
}

static void log_login(struct session *s)
{
	const struct tls *const tls = &s->peer->tls;
	struct log_line l;

	log_start(&l, LOG_PRIORITY_INFO, "login");
	log_number(&l, "messages", s->drop.count);
	log_text(&l, "tls", tls->on ? tls->version : "none");
	if (tls->cipher[0] != '\0')
		log_text(&l, "cipher", tls->cipher);
	if (s->login.mechanism[0] != '\0')
		log_text(&l, "mechanism", s->login.mechanism);
	log_end(&l);
}

/* The backend let nobody in, though no password was wrong. */
static void log_refused(struct session *s, const char *name, size_t len,
			const char *why)
{
	const struct answer *const a = &s->answer;
	struct log_line l;

	login_user(s, name, len);
	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", why);
	if (a->text_len > 0)
		log_octets(&l, "text", a->text, a->text_len);
	log_end(&l);
}

/* A maildrop that cannot be had: nothing of the login stays. */
static void undo(struct session *s)
{
	maildrop_free(&s->drop);
	lock_free(&s->locks, 0);
	s->terms = s->hello;
	session_settle(s);
	/* We cannot become somebody twice. */
	if (s->login.became)
		session_over(s, "no maildrop");
	/* Its end is about him still. */
	if (s->outcome.ending == GOES_ON)
		login_forget(s);
}

void login_enter(struct session *s)
{
	const struct wire_field user = { s->login.user, s->login.user_len };
	const struct answer *const a = &s->answer;
	char text[LIMIT_RESPONSE];
	const size_t len =
		a->text_len < sizeof(text) ? a->text_len : sizeof(text);

	if (s->outcome.ending != GOES_ON || login_refuse_root(s))
		return;
	memcpy(text, a->text, len);
	if (a->next_count > 0 && !next_start(s)) {
		undo(s);
		return;
	}
	if (!session_ask(s, WIRE_LIST, NULL, &user, 1, false)) {
		undo(s);
		return;
	}
	if (a->result == WIRE_DEFAULT &&
	    claims_find(&s->offers, "STAT", TRANSACTION) == NULL) {
		session_fault(s, "list answered DEFAULT");
		undo(s);
		return;
	}
	if (a->result == WIRE_ERR || a->result == WIRE_TEMP) {
		session_answer(s, "", NULL, "the maildrop cannot be opened");
		log_refused(s, s->login.user, s->login.user_len,
			    a->result == WIRE_ERR ? "list answered ERR"
						  : "list answered TEMP");
		undo(s);
		return;
	}
	s->state = TRANSACTION;
	s->io.login_at = 0;
	reply_ok(&s->reply, "");
	reply_add_number(&s->reply, s->drop.count);
	reply_add(&s->reply, " messages", 9);
	if (s->options->preauth == NULL)
		reply_text(&s->reply, text, len);
	if (a->result == WIRE_OK)
		reply_text(&s->reply, a->text, a->text_len);
	log_login(s);
}

void login_judge(struct session *s, const char *name, size_t len)
{
	const struct answer *const a = &s->answer;

	switch (a->result) {
	case WIRE_OK:
		if (a->user_len > 0) {
			name = a->user;
			len = a->user_len;
		}
		if (len == 0) {
			session_fault(s, "a login of nobody");
			return;
		}
		login_user(s, name, len);
		if (a->close)
			session_answer(s, "logged in", NULL, "");
		login_enter(s);
		break;
	case WIRE_ERR:
		session_answer(s, "", "AUTH", "login failed");
		login_failed(s, name, len);
		break;
	case WIRE_TEMP:
		session_answer(s, "", NULL, "");
		log_refused(s, name, len, "login answered TEMP");
		login_forget(s);
		break;
	default:
		reply_err(&s->reply, "SYS/PERM",
			  "this way to log in is not offered");
		log_refused(s, name, len, "login answered DEFAULT");
		login_forget(s);
		break;
	}
}
