/* SPDX-License-Identifier: ISC */
#include "session/authorization.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "protocol/offers.h"
#include "pure/number.h"
#include "session/hello.h"
#include "session/login.h"

bool authorization_user(const struct session *s)
{
	return login_clear(s) &&
	       (!s->offers.no_password || claims_has(&s->offers, "USER"));
}

/* "<id.seconds@host>": different every time (RFC 1939 section 7). */
static void make_timestamp(struct session *s)
{
	char host[40] = "", digits[20], *at = s->login.timestamp;
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
		reply_add(&s->reply, s->login.timestamp,
			  strlen(s->login.timestamp));
	}
}

bool authorization_greet(struct session *s)
{
	const char *const preauth = s->options->preauth;
	const struct answer *const a = &s->answer;
	size_t skip = 1;

	if (preauth != NULL && login_refuse_root(s))
		return false;
	if (!hello_ask(s))
		return false;
	if (a->result != WIRE_OK) {
		session_answer(s, "", NULL, "not welcome now");
		session_over(s, "turned away by the backend");
		return false;
	}
	if (a->text[1] == ' ')
		skip++;
	greeting(s, a->text + skip, a->text_len - skip);
	if (preauth != NULL) {
		const struct reply ready = s->reply;

		login_enter(s);
		if (!s->reply.ok)
			session_over(s, "no maildrop");
		else
			s->reply = ready;
	}
	return s->outcome.ending == GOES_ON;
}

void do_user(struct session *s, const struct arguments *a)
{
	if (!login_clear(s)) {
		login_refuse_clear(s);
	} else if (s->offers.no_password) {
		s->client.errors++;
		reply_err(&s->reply, "SYS/PERM", "no logins by password here");
	} else if (!wire_user_valid(a->text, a->len, s->offers.any_user)) {
		s->client.errors++;
		reply_err(&s->reply, NULL, "invalid user name");
	} else {
		login_user(s, a->text, a->len);
		s->login.named = true;
		s->login.vouched = false;
		reply_ok(&s->reply, "send PASS");
	}
}

void do_pass(struct session *s, const struct arguments *a)
{
	struct wire_field fields[2];

	if (!login_clear(s)) {
		login_refuse_clear(s);
		return;
	}
	if (!s->login.named) {
		s->client.errors++;
		reply_err(&s->reply, NULL, "USER comes first");
		return;
	}
	if (!a->given) {
		s->login.named = false;
		s->client.errors++;
		reply_err(&s->reply, NULL, "missing argument");
		return;
	}
	s->login.named = false;
	login_by(s, "USER");
	fields[0] = (struct wire_field){ s->login.user, s->login.user_len };
	fields[1] = (struct wire_field){ a->text, a->len };
	if (login_ask(s, WIRE_LOGIN, fields, 2))
		login_judge(s, s->login.user, s->login.user_len);
}

/* RFC 1939 section 7: APOP name digest. */
void do_apop(struct session *s, const struct arguments *a)
{
	const char *const blank = memchr(a->text, ' ', a->len);
	const size_t name = blank != NULL ? (size_t)(blank - a->text) : 0;
	struct wire_field fields[3];
	size_t hex = 0;

	/* What was told in clear, before STLS, is forgotten. */
	if (!s->offers.apop || s->login.timestamp[0] == '\0') {
		s->client.errors++;
		reply_err(&s->reply, NULL, "command unimplemented");
		return;
	}
	while (blank != NULL && name + 1 + hex < a->len &&
	       memchr("0123456789abcdef", blank[1 + hex], 16) != NULL)
		hex++;
	if (hex != 32 || name + 33 != a->len ||
	    !wire_user_valid(a->text, name, s->offers.any_user)) {
		s->client.errors++;
		reply_err(&s->reply, NULL, "invalid arguments");
		return;
	}
	fields[0] = (struct wire_field){ a->text, name };
	fields[1] = (struct wire_field){ blank + 1, 32 };
	fields[2] = wire_text(s->login.timestamp);
	login_by(s, "APOP");
	if (login_ask(s, WIRE_APOP, fields, 3))
		login_judge(s, a->text, name);
}
