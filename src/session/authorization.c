/* SPDX-License-Identifier: ISC */
#include "session/authorization.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "protocol/offers.h"
#include "pure/number.h"
#include "session/client.h"
#include "session/question.h"

static const struct wire_field absent = { NULL, 0 };

bool authorization_clear(const struct session *s)
{
	return s->options->cleartext == CLEARTEXT_ALWAYS ||
	       (s->options->cleartext == CLEARTEXT_LOCAL && s->peer->local);
}

bool authorization_user(const struct session *s)
{
	return authorization_clear(s) &&
	       (!s->offers.no_password || claims_has(&s->offers, "USER"));
}

void authorization_refuse_clear(struct session *s)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "a secret in clear from afar; see --cleartext");
	log_end(&l);
	s->errors++;
	reply_err(&s->reply, NULL,
		  "logins in clear are not allowed here; use TLS");
}

/* "<id.seconds@host>": different every time (RFC 1939 section 7). */
static void make_timestamp(struct session *s)
{
	char host[40] = "", digits[20], *at = s->timestamp;
	const size_t n = number_print((uint64_t)time(NULL), digits);

	gethostname(host, sizeof(host) - 1);
	for (char *c = host; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || strchr("<>@[]", *c) != NULL)
			*c = '-';
	*at++ = '<';
	at = stpcpy(at, s->id);
	*at++ = '.';
	memcpy(at, digits, n);
	at = stpcpy(at + n, "@");
	at = stpcpy(at, host[0] != '\0' ? host : "localhost");
	stpcpy(at, ">");
}

/* The greeting; "<" stands in it only for APOP (RFC 2449 section 3). */
static void greeting(struct session *s, const char *text, size_t len)
{
	const char *const told = s->options->greeting;

	reply_ok(&s->reply, "POP3 server ready");
	reply_text(&s->reply, told, told != NULL ? strlen(told) : 0);
	reply_text(&s->reply, text, len);
	for (size_t i = 0; i < s->reply.len; i++) {
		if (s->reply.text[i] == '<')
			s->reply.text[i] = '(';
		else if (s->reply.text[i] == '>')
			s->reply.text[i] = ')';
	}
	if (s->offers.apop) {
		const size_t room = LIMIT_RESPONSE - 128;

		make_timestamp(s);
		if (s->reply.len > room)
			s->reply.len = room;
		reply_add(&s->reply, " ", 1);
		reply_add(&s->reply, s->timestamp, strlen(s->timestamp));
	}
}

/* Whether we may go on: as root only with --allow-root. */
static bool refuse_root(struct session *s)
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
	s->trouble = true;
	session_over(s, "root");
	return true;
}

bool authorization_greet(struct session *s)
{
	const char *const preauth = s->options->preauth;
	/* A word that nobody knows keeps the tolerance of it real. */
	const struct wire_field fields[] = {
		wire_text("1"),
		wire_text("x-unknown"),
		/* Nothing is asked between this and the list. */
		preauth != NULL ? wire_text("lock") : absent,
	};
	const struct answer *const a = &s->answer;
	size_t skip = 1;

	if (preauth != NULL && refuse_root(s))
		return false;
	if (!session_ask(s, WIRE_HELLO, NULL, fields, 3, false))
		return false;
	if (a->result != WIRE_OK) {
		session_answer(s, "", NULL, "not welcome now");
		session_over(s, "turned away by the backend");
		return false;
	}
	if (a->text[0] != '1' || (a->text[1] != '\0' && a->text[1] != ' ')) {
		session_fault(s, "hello not answered with OK 1");
		return false;
	}
	if (!claims_together(&s->offers, "USER", "PASS")) {
		session_fault(s, "only one of USER and PASS is claimed");
		return false;
	}
	s->hello = s->terms;
	if (a->text[1] == ' ')
		skip++;
	greeting(s, a->text + skip, a->text_len - skip);
	if (preauth != NULL) {
		const struct reply ready = s->reply;

		session_user(s, preauth, strlen(preauth));
		authorization_enter(s);
		if (!s->reply.ok)
			session_over(s, "no maildrop");
		else
			s->reply = ready;
	}
	return !s->over;
}

void do_user(struct session *s, const struct arguments *a)
{
	if (!authorization_clear(s)) {
		authorization_refuse_clear(s);
	} else if (s->offers.no_password) {
		s->errors++;
		reply_err(&s->reply, "SYS/PERM", "no logins by password here");
	} else if (!wire_user_valid(a->text, a->len, s->offers.any_user)) {
		s->errors++;
		reply_err(&s->reply, NULL, "invalid user name");
	} else {
		session_user(s, a->text, a->len);
		s->named = true;
		s->vouched = false;
		reply_ok(&s->reply, "send PASS");
	}
}

void do_pass(struct session *s, const struct arguments *a)
{
	struct wire_field fields[2];

	if (!authorization_clear(s)) {
		authorization_refuse_clear(s);
		return;
	}
	if (!s->named) {
		s->errors++;
		reply_err(&s->reply, NULL, "USER comes first");
		return;
	}
	if (!a->given) {
		s->named = false;
		s->errors++;
		reply_err(&s->reply, NULL, "missing argument");
		return;
	}
	s->named = false;
	fields[0] = (struct wire_field){ s->user, s->user_len };
	fields[1] = (struct wire_field){ a->text, a->len };
	if (authorization_ask(s, WIRE_LOGIN, fields, 2))
		authorization_judge(s, s->user, s->user_len);
}

/* RFC 1939 section 7: APOP name digest. */
void do_apop(struct session *s, const struct arguments *a)
{
	const char *const blank = memchr(a->text, ' ', a->len);
	const size_t name = blank != NULL ? (size_t)(blank - a->text) : 0;
	struct wire_field fields[3];
	size_t hex = 0;

	if (!s->offers.apop) {
		s->errors++;
		reply_err(&s->reply, NULL, "command unimplemented");
		return;
	}
	while (blank != NULL && name + 1 + hex < a->len &&
	       memchr("0123456789abcdef", blank[1 + hex], 16) != NULL)
		hex++;
	if (hex != 32 || name + 33 != a->len ||
	    !wire_user_valid(a->text, name, s->offers.any_user)) {
		s->errors++;
		reply_err(&s->reply, NULL, "invalid arguments");
		return;
	}
	fields[0] = (struct wire_field){ a->text, name };
	fields[1] = (struct wire_field){ blank + 1, 32 };
	fields[2] = wire_text(s->timestamp);
	if (authorization_ask(s, WIRE_APOP, fields, 3))
		authorization_judge(s, a->text, name);
}

bool authorization_ask(struct session *s, enum wire_verb verb,
		       const struct wire_field *fields, size_t count)
{
	if (!session_ask(s, verb, NULL, fields, count, true))
		return false;
	if (s->became && s->answer.result != WIRE_OK) {
		session_fault(s, "become without OK");
		return false;
	}
	/* That there are no passwords is known; of the others it said so. */
	if (s->answer.result == WIRE_DEFAULT && verb != WIRE_LOGIN)
		s->answer.result = WIRE_ERR;
	return true;
}

/* Nobody is logged in, or about to be. */
static void forget_user(struct session *s)
{
	session_user(s, NULL, 0);
	s->vouched = false;
}

void authorization_failed(struct session *s, const char *name, size_t len)
{
	const bool over = s->over;
	struct log_line l;

	log_user(name, len);
	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "login");
	l.each = true;
	log_end(&l);
	forget_user(s);
	s->logins++;
	/* `close` in the answer saves nobody the delay. */
	s->over = false;
	listen_delay(s);
	s->over |= over;
	if (s->logins >= s->options->max_logins)
		session_over(s, "too many failed logins");
}

static void log_login(struct session *s)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_INFO, "login");
	log_number(&l, "messages", s->drop.count);
	log_end(&l);
}

/* The backend let nobody in, though no password was wrong. */
static void log_refused(struct session *s, const char *name, size_t len,
			const char *why)
{
	const struct answer *const a = &s->answer;
	struct log_line l;

	session_user(s, name, len);
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
	forget_user(s);
	/* We cannot become somebody twice. */
	if (s->became)
		session_over(s, "no maildrop");
}

void authorization_enter(struct session *s)
{
	const struct wire_field user = { s->user, s->user_len };
	const struct answer *const a = &s->answer;
	char text[LIMIT_RESPONSE];
	const size_t len =
		a->text_len < sizeof(text) ? a->text_len : sizeof(text);

	if (s->over || refuse_root(s))
		return;
	memcpy(text, a->text, len);
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
		log_refused(s, s->user, s->user_len,
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

void authorization_judge(struct session *s, const char *name, size_t len)
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
		session_user(s, name, len);
		if (a->close)
			session_answer(s, "logged in", NULL, "");
		authorization_enter(s);
		break;
	case WIRE_ERR:
		session_answer(s, "", "AUTH", "login failed");
		authorization_failed(s, name, len);
		break;
	case WIRE_TEMP:
		session_answer(s, "", NULL, "");
		log_refused(s, name, len, "login answered TEMP");
		forget_user(s);
		break;
	default:
		reply_err(&s->reply, "SYS/PERM",
			  "this way to log in is not offered");
		log_refused(s, name, len, "login answered DEFAULT");
		forget_user(s);
		break;
	}
}
