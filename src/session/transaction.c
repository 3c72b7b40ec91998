/* SPDX-License-Identifier: ISC */
/* RFC 1939 sections 5 and 7: the TRANSACTION state. */
#include "session/transaction.h"

#include <string.h>

#include "maildrop/unique-id.h"
#include "pure/number.h"
#include "session/message.h"
#include "session/retr.h"

static const struct wire_field absent = { NULL, 0 };

static uint64_t number_of(const struct session *s, const struct message *m)
{
	return (uint64_t)(m - s->drop.messages) + 1;
}

/*
 * The message of the command; NULL with the reply set where there is none. To
 * ask for one that was marked is no babble: many clients do, message after
 * message.
 */
static struct message *wanted(struct session *s, const struct arguments *a)
{
	const uint64_t n = a->number[0];
	struct message *const m = maildrop_get(&s->drop, n);

	if (m == NULL) {
		s->client.errors += n == 0 || n > s->drop.count;
		reply_err(&s->reply, NULL, "no such message");
	}
	return m;
}

/* Sizes of all that is not marked; false with the reply set. */
static bool total(struct session *s, uint64_t *count, uint64_t *octets)
{
	*count = *octets = 0;
	for (size_t i = 0; i < s->drop.count; i++) {
		struct message *const m = &s->drop.messages[i];

		if (m->marked)
			continue;
		if (!message_size(s, m))
			return false;
		++*count;
		*octets += maildrop_octets(m);
	}
	return true;
}

void do_stat(struct session *s, const struct arguments *a)
{
	uint64_t count, octets;

	(void)a;
	if (!total(s, &count, &octets))
		return;
	reply_ok(&s->reply, "");
	reply_add_number(&s->reply, count);
	reply_add(&s->reply, " ", 1);
	reply_add_number(&s->reply, octets);
}

/* "n octets" into out; returns its length. */
static size_t scan_listing(const struct session *s, const struct message *m,
			   char *out)
{
	size_t n = number_print(number_of(s, m), out);

	out[n++] = ' ';
	return n + number_print(maildrop_octets(m), out + n);
}

static size_t uidl_listing(struct session *s, const struct message *m,
			   char *out)
{
	size_t n = number_print(number_of(s, m), out);

	out[n++] = ' ';
	return n + maildrop_unique_id(&s->drop, m, out + n);
}

enum { LISTING = 20 + 1 + LIMIT_UNIQUE_ID + 2 };

/* .lines of LIST and UIDL. */
static bool send_sizes(struct session *s)
{
	for (size_t i = 0; i < s->drop.count && !s->io.gone; i++) {
		char *const to = io_space(&s->io, LISTING);
		size_t n;

		if (s->drop.messages[i].marked)
			continue;
		n = scan_listing(s, &s->drop.messages[i], to);
		memcpy(to + n, "\r\n", 2);
		io_added(&s->io, n + 2);
	}
	return true;
}

static bool send_unique_ids(struct session *s)
{
	for (size_t i = 0; i < s->drop.count && !s->io.gone; i++) {
		char *const to = io_space(&s->io, LISTING);
		size_t n;

		if (s->drop.messages[i].marked)
			continue;
		n = uidl_listing(s, &s->drop.messages[i], to);
		memcpy(to + n, "\r\n", 2);
		io_added(&s->io, n + 2);
	}
	return true;
}

void do_list(struct session *s, const struct arguments *a)
{
	char line[LISTING];
	uint64_t count, octets;
	struct message *m;

	if (a->count == 0) {
		if (!total(s, &count, &octets))
			return;
		reply_ok(&s->reply, "");
		reply_add_number(&s->reply, count);
		reply_add(&s->reply, " messages", 9);
		s->lines = send_sizes;
		return;
	}
	m = wanted(s, a);
	if (m == NULL || !message_size(s, m))
		return;
	reply_ok(&s->reply, "");
	reply_add(&s->reply, line, scan_listing(s, m, line));
}

/* What the client gets is not what the backend gave: who wonders finds why. */
static void note_twins(struct session *s)
{
	struct log_line l;
	const char *uid;
	size_t len;

	if (s->drop.twins[0] == 0 || s->drop.noted_twins)
		return;
	s->drop.noted_twins = true;
	uid = maildrop_given_uid(&s->drop,
				 &s->drop.messages[s->drop.twins[0] - 1], &len);
	log_start(&l, LOG_PRIORITY_NOTICE, "note");
	log_text(&l, "what",
		 "two messages with one unique-id; each is replaced");
	log_octets(&l, "uid", uid, len);
	log_number(&l, "number", s->drop.twins[0]);
	log_number(&l, "other", s->drop.twins[1]);
	log_end(&l);
}

void do_uidl(struct session *s, const struct arguments *a)
{
	char line[LISTING];
	struct message *m = NULL;

	if (a->count > 0) {
		m = wanted(s, a);
		if (m == NULL)
			return;
	}
	/*
	 * Those made from bodies are needed all: no two may be the same. What
	 * they are then they stay.
	 */
	for (size_t i = 0; i < s->drop.count && s->drop.unnamed > 0; i++)
		if (!message_unique_id(s, &s->drop.messages[i]))
			return;
	if (!maildrop_find_twins(&s->drop)) {
		reply_err(&s->reply, "SYS/TEMP", "out of memory");
		return;
	}
	note_twins(s);
	reply_ok(&s->reply, "unique-ids follow");
	if (m == NULL) {
		s->lines = send_unique_ids;
		return;
	}
	reply_ok(&s->reply, "");
	reply_add(&s->reply, line, uidl_listing(s, m, line));
}

void do_retr(struct session *s, const struct arguments *a)
{
	struct message *const m = wanted(s, a);

	if (m != NULL)
		body_send(s, m, false, 0);
}

void do_top(struct session *s, const struct arguments *a)
{
	struct message *const m = wanted(s, a);

	if (m != NULL)
		body_send(s, m, true, a->number[1]);
}

void do_noop(struct session *s, const struct arguments *a)
{
	(void)a;
	reply_ok(&s->reply, "nothing done");
}

/*
 * Asks a request that the backend may leave to us. True where it may be done;
 * else the reply is set.
 */
static bool allowed(struct session *s, enum wire_verb verb,
		    const struct message *m)
{
	const bool answered =
		m != NULL ? session_ask_message(s, verb, m, absent)
			  : session_ask(s, verb, NULL, NULL, 0, false);

	if (!answered)
		return false;
	if (s->answer.result == WIRE_DEFAULT || s->answer.result == WIRE_OK)
		return true;
	session_answer(s, "", NULL, "refused");
	return false;
}

void do_dele(struct session *s, const struct arguments *a)
{
	struct message *const m = wanted(s, a);

	if (m == NULL)
		return;
	if (s->options->mode == MODE_READ_ONLY) {
		reply_err(&s->reply, NULL, "this maildrop is read-only");
		return;
	}
	/* --keep-going: what QUIT could not remove is not marked. */
	if (!s->backend.up) {
		reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
		return;
	}
	s->answer.result = WIRE_DEFAULT;
	if (s->options->mode != MODE_KEEP && !allowed(s, WIRE_DELE, m))
		return;
	m->marked = true;
	reply_ok(&s->reply, "message marked for deletion");
	if (s->answer.result == WIRE_OK)
		session_answer(s, "message marked for deletion", NULL, "");
}

void do_rset(struct session *s, const struct arguments *a)
{
	(void)a;
	s->answer.result = WIRE_DEFAULT;
	if (s->backend.up && s->options->mode != MODE_KEEP &&
	    !allowed(s, WIRE_RSET, NULL))
		return;
	maildrop_reset(&s->drop);
	reply_ok(&s->reply, "");
	reply_add_number(&s->reply, s->drop.count);
	reply_add(&s->reply, " messages", 9);
	if (s->answer.result == WIRE_OK)
		session_answer(s, "no message is marked", NULL, "");
}
