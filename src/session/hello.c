/* SPDX-License-Identifier: ISC */
#include "session/hello.h"

#include "session/sizes.h"

static void add(struct text *t, const char *word)
{
	if (t->len > 0)
		text_string(t, " ");
	text_string(t, word);
}

static void fact(struct text *t, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	add(t, name);
	text_string(t, "=");
	text_string(t, value);
}

void hello_features(const struct session *s, struct text *t)
{
	add(t, "log");
	add(t, "next");
	add(t, "part");
	add(t, "sent");
	if (sizes_wanted(s))
		add(t, "sizes");
}

void hello_words(const struct session *s, struct text *t)
{
	/* A word that nobody knows keeps the tolerance of it real. */
	add(t, "x-unknown");
	fact(t, "id", s->id);
	fact(t, "remote", s->peer->remote_address);
	fact(t, "remote-port", s->peer->remote_port);
	fact(t, "local", s->peer->local_address);
	fact(t, "local-port", s->peer->local_port);
	fact(t, "tls", s->peer->tls.version);
	fact(t, "tls-cipher", s->peer->tls.cipher);
	fact(t, "tls-client", s->peer->tls.client);
	fact(t, "tls-exporter", s->peer->tls.exporter);
	/* Nothing is asked between this and the list. */
	if (s->options->preauth != NULL || s->login.next)
		add(t, "lock");
	if (s->options->check)
		add(t, "check");
	hello_features(s, t);
}

bool hello_ask(struct session *s)
{
	char words[HELLO_ROOM];
	struct text t = { words, .size = sizeof(words) };
	struct wire_field fields[2] = { wire_text("1") };
	const struct answer *const a = &s->answer;

	hello_words(s, &t);
	fields[1] = (struct wire_field){ t.data, t.len };
	if (!session_ask(s, WIRE_HELLO, NULL, fields, 2, false))
		return false;
	if (a->result != WIRE_OK)
		return true;
	if (a->text[0] != '1' || (a->text[1] != '\0' && a->text[1] != ' ')) {
		session_fault(s, "hello not answered with OK 1");
		return false;
	}
	if (!claims_together(&s->offers, "USER", "PASS")) {
		session_fault(s, "only one of USER and PASS is claimed");
		return false;
	}
	s->hello = s->terms;
	return true;
}
