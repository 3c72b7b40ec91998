/* SPDX-License-Identifier: ISC */
#include "protocol/offers.h"

#include <string.h>

#include "pure/number.h"

static struct claim *find(const struct offers *o, const char *name, size_t len)
{
	for (unsigned i = 0; i < o->claim_count; i++)
		if (strlen(o->claims[i].name) == len &&
		    memcmp(o->claims[i].name, name, len) == 0)
			return (struct claim *)&o->claims[i];
	return NULL;
}

const struct claim *claims_find(const struct offers *o, const char *name,
				enum state state)
{
	const struct claim *const c = find(o, name, strlen(name));

	return c != NULL && (c->states & state) != 0 ? c : NULL;
}

bool claims_has(const struct offers *o, const char *name)
{
	return find(o, name, strlen(name)) != NULL;
}

bool claims_together(const struct offers *o, const char *a, const char *b)
{
	const struct claim *const first = find(o, a, strlen(a));
	const struct claim *const second = find(o, b, strlen(b));

	return (first != NULL ? first->states : 0) ==
	       (second != NULL ? second->states : 0);
}

bool claims_add(struct offers *o, const char *name, size_t len, unsigned states,
		bool secret)
{
	struct claim *c = find(o, name, len);

	if (c == NULL) {
		if (o->claim_count == LIMIT_CLAIMS || len > LIMIT_COMMAND_NAME)
			return false;
		c = &o->claims[o->claim_count++];
		*c = (struct claim){ .states = 0 };
		memcpy(c->name, name, len);
	}
	c->states |= states;
	c->secret |= secret;
	return true;
}

/* Whether a word is among those of a list. */
static bool has_word(const char *words, size_t len, const char *word, size_t n)
{
	for (size_t i = 0; i + n <= len; i++)
		if ((i == 0 || words[i - 1] == ' ') &&
		    (i + n == len || words[i + n] == ' ') &&
		    memcmp(words + i, word, n) == 0)
			return true;
	return false;
}

/* Adds one mechanism, once, with a blank before all but the first. */
static size_t add_mechanism(char *out, size_t len, const char *name, size_t n)
{
	if (has_word(out, len, name, n))
		return len;
	if (len > 0)
		out[len++] = ' ';
	memcpy(out + len, name, n);
	return len + n;
}

/* Whether it may be offered here: two show a password, two a token. */
static bool permitted(const struct offers *o, bool clear, const char *name,
		      size_t n)
{
	static const char passwords[] = "PLAIN LOGIN";
	static const char tokens[] = "XOAUTH2 OAUTHBEARER";

	if (has_word(passwords, sizeof(passwords) - 1, name, n))
		return clear && !o->no_password;
	return clear || !has_word(tokens, sizeof(tokens) - 1, name, n);
}

size_t mechanisms_list(const struct offers *o, bool clear,
		       char out[LIMIT_MECHANISMS + 32])
{
	size_t len = 0;

	if (clear && !o->no_password && !claims_has(o, "USER")) {
		len = add_mechanism(out, len, "PLAIN", 5);
		len = add_mechanism(out, len, "LOGIN", 5);
	}
	for (size_t i = 0; i < o->mechanisms_len;) {
		const char *const name = o->mechanisms + i;
		size_t n = 0;

		while (i + n < o->mechanisms_len && name[n] != ' ')
			n++;
		if (n > 0 && permitted(o, clear, name, n))
			len = add_mechanism(out, len, name, n);
		i += n + 1;
	}
	return len;
}

bool mechanisms_offer(const struct offers *o, bool clear, const char *name)
{
	char list[LIMIT_MECHANISMS + 32];
	const size_t len = mechanisms_list(o, clear, list);

	return has_word(list, len, name, strlen(name));
}

/* `command NAME auth|trans|both [secret]` */
static const char *take_command(struct offers *o, const struct wire_line *l)
{
	const struct wire_field *const name = &l->field[0];
	unsigned states;

	if (wire_is(&l->field[1], "auth"))
		states = AUTHORIZATION;
	else if (wire_is(&l->field[1], "trans"))
		states = TRANSACTION;
	else if (wire_is(&l->field[1], "both"))
		states = AUTHORIZATION | TRANSACTION;
	else
		return "command in no state";
	if (!wire_name_valid(name->data, name->len))
		return "command that cannot be claimed";
	if (l->field[2].data != NULL && !wire_is(&l->field[2], "secret"))
		return "unknown word after a command";
	if (!claims_add(o, name->data, name->len, states,
			l->field[2].data != NULL))
		return "too many commands";
	return NULL;
}

static bool printable(const struct wire_field *f)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->data[i] < ' ' || f->data[i] > '~')
			return false;
	return f->len > 0;
}

/* `capa LINE` */
static const char *take_capa(struct offers *o, struct terms *t,
			     const struct wire_field *f)
{
	/* RFC 2449 section 5: a line of at most 512 octets; no lone dot. */
	if (!printable(f) || f->data[0] == '.' || f->data[0] == ' ' ||
	    f->len > LIMIT_RESPONSE - 2)
		return "no capability";
	if (t->capa_len + f->len + 2 > sizeof(o->capa))
		return "too many capabilities";
	memcpy(o->capa + t->capa_len, f->data, f->len);
	memcpy(o->capa + t->capa_len + f->len, "\r\n", 2);
	t->capa_len += f->len + 2;
	return NULL;
}

/* `sasl MECH...`: RFC 4422 section 3.1 says what a name is. */
static const char *take_sasl(struct offers *o, const struct wire_field *f)
{
	size_t length = 0;

	for (size_t i = 0; i < f->len; i++) {
		const char c = f->data[i];
		const bool letter = (c >= 'A' && c <= 'Z') ||
				    (c >= '0' && c <= '9') || c == '-' ||
				    c == '_';

		length = letter ? length + 1 : 0;
		if ((!letter && c != ' ') || length > LIMIT_MECHANISM)
			return "no mechanism";
	}
	if (f->len == 0 ||
	    o->mechanisms_len + f->len + 1 > sizeof(o->mechanisms))
		return "no mechanism, or too many";
	o->mechanisms[o->mechanisms_len] = ' ';
	memcpy(o->mechanisms + o->mechanisms_len + 1, f->data, f->len);
	o->mechanisms_len += f->len + 1;
	return NULL;
}

/* "300", "300 USER", "NEVER": RFC 2449 sections 6.5 and 6.7. */
static bool announceable(const struct wire_field *f, bool never)
{
	const char *const blank = memchr(f->data, ' ', f->len);
	const struct wire_field first = {
		f->data, blank != NULL ? (size_t)(blank - f->data) : f->len
	};
	const struct wire_field rest = { blank != NULL ? blank + 1 : "",
					 blank != NULL ? f->len - first.len - 1
						       : 0 };
	uint64_t n;

	return (number_parse(first.data, first.len, &n) ||
		(never && wire_is(&first, "NEVER"))) &&
	       (blank == NULL || wire_is(&rest, "USER"));
}

/* `option NAME VALUE` */
static const char *take_option(struct terms *t, const struct wire_line *l)
{
	const struct wire_field *const name = &l->field[0];
	const struct wire_field *const value = &l->field[1];
	const bool delay = wire_is(name, "login-delay");
	char *const to = delay ? t->login_delay : t->expire;
	uint64_t seconds;

	if (wire_is(name, "timeout")) {
		if (!number_parse(value->data, value->len, &seconds) ||
		    seconds > 86400 * 7)
			return "no timeout";
		t->idle_ms = (int64_t)seconds * 1000;
		return NULL;
	}
	if (wire_is(name, "goodbye")) {
		if (value->len >= sizeof(t->goodbye))
			return "goodbye too long";
		memcpy(t->goodbye, value->data, value->len);
		t->goodbye[value->len] = '\0';
		return NULL;
	}
	if (!delay && !wire_is(name, "expire"))
		return "unknown option";
	if (!announceable(value, !delay) || value->len >= sizeof(t->expire))
		return "option cannot be announced";
	memcpy(to, value->data, value->len);
	to[value->len] = '\0';
	return NULL;
}

/* `events WORD...`: none but those that are known here, for they would not come. */
static const char *take_events(struct offers *o, const struct wire_field *f)
{
	const char *at = f->data;
	size_t left = f->len;

	for (;;) {
		const char *const blank = memchr(at, ' ', left);
		const struct wire_field word = {
			at, blank != NULL ? (size_t)(blank - at) : left
		};

		if (wire_is(&word, "sent"))
			o->sent = true;
		else if (wire_is(&word, "token-user"))
			o->token_user = true;
		else
			return "unknown event";
		if (blank == NULL)
			return NULL;
		left -= word.len + 1;
		at = blank + 1;
	}
}

void offers_none(struct offers *o)
{
	o->apop = o->no_password = o->any_user = false;
	o->sent = o->token_user = false;
	o->claim_count = 0;
	o->mechanisms_len = 0;
}

const char *offers_take(struct offers *o, struct terms *t,
			const struct wire_line *l)
{
	switch (l->word) {
	case WIRE_COMMAND:
		return take_command(o, l);
	case WIRE_CAPA:
		return take_capa(o, t, &l->field[0]);
	case WIRE_SASL:
		return take_sasl(o, &l->field[0]);
	case WIRE_OPTION:
		return take_option(t, l);
	case WIRE_EVENTS:
		return take_events(o, &l->field[0]);
	case WIRE_OFFER_APOP:
		o->apop = true;
		return NULL;
	case WIRE_NO_PASSWORD:
		o->no_password = true;
		return NULL;
	case WIRE_ANY_USER:
		o->any_user = true;
		return NULL;
	default:
		return "line not allowed here";
	}
}
