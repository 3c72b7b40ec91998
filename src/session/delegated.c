/* SPDX-License-Identifier: ISC */
#include "session/delegated.h"

#include <string.h>

#include "session/login.h"
#include "session/retr.h"

/* A login in all but name: its failure counts and delays as one. */
static bool is_login(const struct session *s, const struct claim *c)
{
	return s->state == AUTHORIZATION &&
	       (c->secret || strcmp(c->name, "PASS") == 0);
}

/* Whether its arguments must not cross the network in clear. */
static bool needs_cover(const struct claim *c)
{
	return c->secret || strcmp(c->name, "USER") == 0 ||
	       strcmp(c->name, "PASS") == 0;
}

/* Whether its arguments must not be shown. */
static bool is_secret(const struct claim *c)
{
	return c->secret || strcmp(c->name, "PASS") == 0 ||
	       strcmp(c->name, "APOP") == 0;
}

/* USER and PASS are one way to log in, whoever answers them. */
static void enter(struct session *s, const struct claim *c)
{
	login_by(s, strcmp(c->name, "PASS") == 0 ? "USER" : c->name);
	login_enter(s);
}

/*
 * OK: what the answer's details say. A name that the client gave, to our own
 * USER, is nobody's login: the backend has to say `user`.
 */
static void accept_answer(struct session *s, const struct claim *c)
{
	const struct answer *const a = &s->answer;

	if (a->user_len > 0 && s->state == AUTHORIZATION) {
		login_user(s, a->user, a->user_len);
		s->login.vouched = true;
	}
	/* What is over enters nothing. */
	if (!a->trans || a->close)
		body_answer(s, "done");
	else if (s->state == TRANSACTION)
		session_fault(s, "state trans in TRANSACTION");
	else if (!s->login.vouched || s->login.user_len == 0)
		session_fault(s, "state trans without a user");
	else if (a->multi || a->path_len > 0)
		session_fault(s, "state trans with a body");
	else
		enter(s, c);
}

bool delegated_handle(struct session *s, const struct claim *c,
		      const struct arguments *a)
{
	const struct wire_field field = { a->given ? a->text : NULL, a->len };

	if (needs_cover(c) && !login_clear(s)) {
		login_refuse_clear(s);
		return true;
	}
	body_expect(s);
	if (!session_ask(s, WIRE_NAME, c->name, &field, 1, is_secret(c)))
		return true;
	if (s->answer.result == WIRE_DEFAULT)
		return false;
	if (s->answer.result == WIRE_OK) {
		accept_answer(s, c);
	} else {
		session_answer(s, "", NULL, "refused");
		if (s->answer.result == WIRE_ERR && is_login(s, c))
			login_failed(s, s->login.user, s->login.user_len);
	}
	return true;
}
