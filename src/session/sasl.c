/* SPDX-License-Identifier: ISC */
/*
 * RFC 5034: AUTH. PLAIN (RFC 4616) and LOGIN become `login`; XOAUTH2 and
 * OAUTHBEARER (RFC 7628) become `token`; the backend does the others.
 */
#include "session/sasl.h"

#include <string.h>

#include "protocol/offers.h"
#include "pure/base64.h"
#include "pure/sasl-message.h"
#include "session/client.h"
#include "session/login.h"

/* What one response of the client decodes to. */
struct response {
	size_t len;
	char data[LIMIT_AUTH_LINE];
};

static void bad(struct session *s, const char *text)
{
	s->client.errors++;
	reply_err(&s->reply, NULL, text);
}

/*
 * Sends a challenge and takes the client's answer to it, not yet decoded.
 * False with the reply set: cancelled with "*", too long, or gone.
 */
static bool exchange(struct session *s, const char *challenge, size_t len,
		     char **text, size_t *text_len)
{
	bool too_long;

	client_challenge(s, challenge, len);
	if (!client_line(s, text, text_len, &too_long)) {
		reply_err(&s->reply, NULL, "authentication broke off");
		return false;
	}
	client_said(s, "", 0, 1);
	if (too_long) {
		bad(s, "line too long");
		return false;
	}
	if (*text_len == 1 && **text == '*') {
		reply_err(&s->reply, NULL, "authentication cancelled");
		return false;
	}
	return true;
}

/* Decodes; what stood on the line is wiped. False with the reply set. */
static bool decode(struct session *s, char *text, size_t len,
		   struct response *r)
{
	const ptrdiff_t n = base64_decode(text, len, r->data, sizeof(r->data));

	explicit_bzero(text, len);
	if (n < 0) {
		bad(s, "invalid base64");
		return false;
	}
	r->len = (size_t)n;
	return true;
}

/*
 * The client's first message: what came with AUTH ("=" is an empty one), or
 * the answer to an empty challenge.
 */
static bool first(struct session *s, const struct wire_field *initial,
		  struct response *r)
{
	char *text;
	size_t len;

	if (initial->data == NULL)
		return exchange(s, "", 0, &text, &len) &&
		       decode(s, text, len, r);
	if (initial->len == 1 && initial->data[0] == '=') {
		r->len = 0;
		return true;
	}
	return decode(s, (char *)initial->data, initial->len, r);
}

static void login(struct session *s, struct wire_field user,
		  struct wire_field password)
{
	const struct wire_field fields[] = { user, password };

	/* No CR, LF or other control character may reach the backend raw. */
	if (!wire_user_valid(user.data, user.len, s->offers.any_user) ||
	    wire_has_control(&password)) {
		bad(s, "invalid credentials");
		return;
	}
	if (login_ask(s, WIRE_LOGIN, fields, 2))
		login_judge(s, user.data, user.len);
}

static void plain(struct session *s, const char *data, size_t len)
{
	struct wire_field authzid, user, password;

	if (!sasl_plain(data, len, &authzid, &user, &password))
		bad(s, "invalid credentials");
	else if (authzid.len > 0 &&
		 (authzid.len != user.len ||
		  memcmp(authzid.data, user.data, user.len) != 0))
		bad(s, "acting for another is not supported");
	else
		login(s, user, password);
}

static void do_plain(struct session *s, const struct wire_field *initial)
{
	struct response r;

	if (first(s, initial, &r))
		plain(s, r.data, r.len);
	explicit_bzero(&r, sizeof(r));
}

/* Not a standard, but old clients know no better: two prompts. */
static void do_login(struct session *s, const struct wire_field *initial)
{
	static const char username[] = "VXNlcm5hbWU6";
	static const char password[] = "UGFzc3dvcmQ6";
	struct response user, secret;
	char *text;
	size_t len;
	bool done;

	if (initial->data != NULL)
		done = first(s, initial, &user);
	else
		done = exchange(s, username, sizeof(username) - 1, &text,
				&len) &&
		       decode(s, text, len, &user);
	if (!done || !exchange(s, password, sizeof(password) - 1, &text, &len))
		return;
	if (decode(s, text, len, &secret))
		login(s, (struct wire_field){ user.data, user.len },
		      (struct wire_field){ secret.data, secret.len });
	explicit_bzero(&secret, sizeof(secret));
}

/*
 * The failure round (RFC 7628 section 3.2.3): a challenge tells why in JSON,
 * the client answers with nothing, and only then comes -ERR.
 */
static void failure_round(struct session *s, bool bearer)
{
	static const char xoauth2[] = "{\"status\":\"401\",\"schemes\":"
				      "\"bearer\",\"scope\":\"mail\"}";
	static const char oauthbearer[] =
		"{\"status\":\"invalid_token\",\"scope\":\"mail\"}";
	const char *const json = bearer ? oauthbearer : xoauth2;
	const struct reply verdict = s->reply;
	char challenge[128], *text;
	const size_t n = base64_encode(json, strlen(json), challenge);
	size_t len;

	/* Whatever it says, or whether. */
	exchange(s, challenge, n, &text, &len);
	s->reply = verdict;
}

/*
 * A token that names no user: whose it is the backend alone can tell, and has to
 * have said that it will.
 */
static void token_of_nobody(struct session *s)
{
	log_once(&s->login.noted, "refused", "why",
		 "a token without a user name");
	bad(s, "a user name is needed with the token");
}

static void token(struct session *s, const char *mechanism, char *data,
		  size_t len)
{
	const bool bearer = strcmp(mechanism, "OAUTHBEARER") == 0;
	struct wire_field fields[3];
	const struct wire_field *const user = &fields[0];
	bool taken, nobody;

	taken = bearer ? sasl_oauthbearer(data, len, &fields[0], &fields[2]) &&
				 sasl_saslname((char *)fields[0].data,
					       &fields[0].len)
		       : sasl_xoauth2(data, len, &fields[0], &fields[2]);
	fields[1] = wire_text(mechanism);
	if (taken && user->len == 0 && !s->offers.token_user) {
		token_of_nobody(s);
		return;
	}
	/* What stands for nobody is nobody's name. */
	nobody = taken && (user->len == 0 ||
			   (s->offers.token_user && wire_is(user, "-")));
	if (nobody)
		fields[0] = wire_text("-");
	if (!taken ||
	    (!nobody &&
	     !wire_user_valid(user->data, user->len, s->offers.any_user)) ||
	    wire_has_control(&fields[2])) {
		bad(s, "invalid credentials");
	} else if (login_ask(s, WIRE_TOKEN, fields, 3)) {
		const bool failed = s->answer.result == WIRE_ERR;

		login_judge(s, user->data, nobody ? 0 : user->len);
		if (failed && s->outcome.ending == GOES_ON)
			failure_round(s, bearer);
	}
}

static void do_token(struct session *s, const char *mechanism,
		     const struct wire_field *initial)
{
	struct response r;

	if (first(s, initial, &r))
		token(s, mechanism, r.data, r.len);
	explicit_bzero(&r, sizeof(r));
}

/* Tells the backend that the exchange is over; its answer changes nothing. */
static void cancel(struct session *s)
{
	const struct reply verdict = s->reply;

	if (s->outcome.ending == GOES_ON &&
	    session_ask(s, WIRE_CANCEL, NULL, NULL, 0, false))
		s->reply = verdict;
}

/* What is relayed is base64, or "=" for an empty message. */
static bool relayable(const char *text, size_t len)
{
	struct response scratch;
	const bool valid = (len == 1 && text[0] == '=') ||
			   base64_decode(text, len, scratch.data,
					 sizeof(scratch.data)) >= 0;

	explicit_bzero(&scratch, sizeof(scratch));
	return valid;
}

/* One round: the backend's challenge, the client's answer, `more`. */
static bool relay_round(struct session *s)
{
	const struct answer *const a = &s->answer;
	const bool empty = a->text_len == 1 && a->text[0] == '=';
	struct wire_field field;
	char *text;
	size_t len;

	if (!relayable(a->text, a->text_len)) {
		session_fault(s, "MORE with what is not base64");
		return false;
	}
	if (!exchange(s, a->text, empty ? 0 : a->text_len, &text, &len))
		return false;
	if (!relayable(text, len)) {
		bad(s, "invalid base64");
		return false;
	}
	field = len > 0 ? (struct wire_field){ text, len } : wire_text("=");
	return login_ask(s, WIRE_MORE, &field, 1);
}

/* Any other mechanism: the backend's, relayed round by round. */
static void do_relay(struct session *s, const char *mechanism,
		     const struct wire_field *initial)
{
	const struct wire_field fields[] = { wire_text(mechanism), *initial };
	bool said = initial->data != NULL;

	if (initial->data != NULL && !relayable(initial->data, initial->len)) {
		bad(s, "invalid base64");
		return;
	}
	if (!login_ask(s, WIRE_AUTH, fields, 2))
		return;
	while (s->answer.result == WIRE_CONTINUE) {
		if (relay_round(s)) {
			said = true;
			continue;
		}
		cancel(s);
		/* The challenge may have told that the answer was wrong. */
		if (said && !s->outcome.trouble &&
		    (s->outcome.ending < ENDS_NOW || s->io.gone))
			login_failed(s, NULL, 0);
		return;
	}
	login_judge(s, NULL, 0);
}

/* .lines of AUTH alone: the mechanisms, one a line. */
static bool send_mechanisms(struct session *s)
{
	char list[LIMIT_MECHANISMS + 32];
	const size_t len = mechanisms_list(&s->offers, login_clear(s), list);

	for (size_t i = 0; i < len; i++) {
		if (list[i] == ' ')
			io_put(&s->io, "\r\n", 2);
		else
			io_put(&s->io, &list[i], 1);
	}
	if (len > 0)
		io_put(&s->io, "\r\n", 2);
	return true;
}

/* The mechanism's name in upper case; 0 where it can be none. */
static size_t take_mechanism(const char *text, size_t len,
			     char name[LIMIT_MECHANISM + 1])
{
	size_t n = 0;

	while (n < len && text[n] != ' ') {
		const char c = text[n];

		if (n == LIMIT_MECHANISM)
			return 0;
		name[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	name[n] = '\0';
	return n;
}

void do_auth(struct session *s, const struct arguments *a)
{
	struct wire_field initial = { NULL, 0 };
	char name[LIMIT_MECHANISM + 1];
	size_t n;

	if (a->len == 0) {
		reply_ok(&s->reply, "mechanisms follow");
		s->lines = send_mechanisms;
		return;
	}
	n = take_mechanism(a->text, a->len, name);
	if (n == 0 || !mechanisms_offer(&s->offers, true, name)) {
		bad(s, "mechanism not offered");
		return;
	}
	if (!mechanisms_offer(&s->offers, login_clear(s), name)) {
		login_refuse_clear(s);
		return;
	}
	if (n < a->len)
		initial =
			(struct wire_field){ a->text + n + 1, a->len - n - 1 };
	if (initial.data != NULL && initial.len == 0) {
		bad(s, "invalid arguments");
		return;
	}
	login_by(s, name);
	if (strcmp(name, "PLAIN") == 0)
		do_plain(s, &initial);
	else if (strcmp(name, "LOGIN") == 0)
		do_login(s, &initial);
	else if (strcmp(name, "XOAUTH2") == 0 ||
		 strcmp(name, "OAUTHBEARER") == 0)
		do_token(s, name, &initial);
	else
		do_relay(s, name, &initial);
}
