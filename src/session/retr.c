/* SPDX-License-Identifier: ISC */
#include "session/retr.h"

#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "pure/number.h"
#include "session/client.h"
#include "session/message.h"

static const struct wire_field absent = { NULL, 0 };

/* Converts octets into the output, as much at once as it takes. */
static void emit(struct io *io, struct dot *dot, const char *data, size_t n)
{
	while (n > 0 && !io->gone) {
		const size_t some = n < LIMIT_FILE_READ ? n : LIMIT_FILE_READ;
		char *const to = io_space(io, DOT_ROOM(some));

		io_added(io, dot_stuff(dot, data, some, to));
		data += some;
		n -= some;
	}
}

/* Octets on their way to the client: cut, and counted. */
static size_t pass(struct transfer *t, const char *data, size_t n)
{
	if (t->cut)
		n = dot_top(&t->top, data, n);
	dot_count(&t->count, data, n);
	return n;
}

/* Adds to what is held; the caller has seen that it fits. */
static void hold(struct transfer *t, const char *data, size_t n)
{
	memcpy(t->hold + t->held, data, n);
	t->held += n;
}

/* .take of a body for the client: held back while its end may be an error. */
static void take(struct session *s, const char *data, size_t n)
{
	struct transfer *const t = &s->transfer;

	n = pass(t, data, n);
	if (!t->begun && t->held + n <= sizeof(t->hold)) {
		hold(t, data, n);
		return;
	}
	if (!t->begun) {
		t->begun = true;
		client_begin(s);
		emit(&s->io, &t->dot, t->hold, t->held);
	}
	emit(&s->io, &t->dot, data, n);
}

void body_expect(struct session *s)
{
	struct transfer *const t = &s->transfer;

	t->begun = t->cut = t->body.fresh = false;
	t->dot = (struct dot){ .cr = false };
	t->count = (struct dot_count){ .octets = 0 };
	t->held = 0;
	s->take = take;
}

static void note_size(struct session *s, const struct message *m, uint64_t sent)
{
	struct log_line l;

	if (s->transfer.noted)
		return;
	s->transfer.noted = true;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message has not the size that was told");
	session_log_message(s, &l, m);
	log_number(&l, "told", m->octets);
	log_number(&l, "sent", sent);
	log_end(&l);
}

void body_finish(struct session *s)
{
	struct transfer *const t = &s->transfer;
	struct message *const m = t->message;
	const uint64_t octets = dot_octets(&t->count);

	io_added(&s->io, dot_finish(&t->dot, io_space(&s->io, 2)));
	if (m == NULL)
		return;
	if (t->cut) {
		s->tally.top++;
		s->tally.top_octets += octets;
		return;
	}
	s->tally.retr++;
	s->tally.retr_octets += octets;
	m->fetched = true;
	if (s->offers.sent)
		t->sent = m;
	if (m->octets != OCTETS_UNKNOWN && m->octets != octets)
		note_size(s, m, octets);
	maildrop_counted(m, octets, t->body.fresh);
}

void body_sent(struct session *s)
{
	const struct message *const m = s->transfer.sent;

	s->transfer.sent = NULL;
	if (m == NULL || !s->backend.up ||
	    ask_defaulted(&s->backend, WIRE_SENT))
		return;
	/* What the kernel does not have was not sent. */
	if (io_flush(&s->io) == 0)
		session_ask_message(s, WIRE_SENT, m, absent);
}

/* .lines of a body that was held back whole. */
static bool send_held(struct session *s)
{
	struct transfer *const t = &s->transfer;

	emit(&s->io, &t->dot, t->hold, t->held);
	body_finish(s);
	return true;
}

/* The octets of the next piece. */
static size_t piece(const struct body *b)
{
	return b->octets < LIMIT_FILE_READ ? (size_t)b->octets
					   : LIMIT_FILE_READ;
}

/* The spool's file stays. */
static void close_body(struct body *b, const struct spool *spool)
{
	if (b->fd != spool->fd)
		close(b->fd);
	b->fd = -1;
}

/*
 * .lines of a body in a file or in the spool. A file that ends before the
 * length it had when it was opened breaks the connection: a message that is
 * cut off must not look whole.
 */
static bool send_file(struct session *s)
{
	struct transfer *const t = &s->transfer;
	struct body *const b = &t->body;
	const char *wrong = NULL;
	bool whole = true;

	while (b->octets > 0 && !(t->cut && t->top.full)) {
		const size_t n = piece(b);

		if (!t->first)
			wrong = message_read(b->fd, s->scratch, n, b->at);
		t->first = false;
		whole = wrong == NULL && !s->io.gone;
		if (!whole)
			break;
		emit(&s->io, &t->dot, s->scratch, pass(t, s->scratch, n));
		b->at += n;
		b->octets -= n;
	}
	if (whole && !s->io.gone) {
		wrong = message_stayed(b);
		whole = wrong == NULL;
		b->fresh = b->fd != s->spool.fd && t->message != NULL &&
			   !t->message->told &&
			   !file_settled(b->fd, LIMIT_SETTLED_S);
	}
	close_body(b, &s->spool);
	if (whole) {
		body_finish(s);
	} else if (!s->io.gone) {
		message_trouble(s, t->message, b->path, wrong);
		session_over(s, wrong == message_shrunk
					? "a message ended before its length"
				: wrong == message_replaced
					? "a message was replaced"
					: "a message could not be read");
	}
	return whole;
}

/*
 * Sets .lines for a body that is open. Its first piece is read before the
 * answer, for a file that cannot be read at all costs no session.
 */
static bool start_file(struct session *s)
{
	struct body *const b = &s->transfer.body;
	const char *wrong = message_read(b->fd, s->scratch, piece(b), b->at);

	if (wrong == NULL)
		wrong = message_stayed(b);
	if (wrong != NULL) {
		close_body(b, &s->spool);
		message_trouble(s, s->transfer.message, b->path, wrong);
		return false;
	}
	s->transfer.first = true;
	s->lines = send_file;
	return true;
}

/* "+OK 884 octets" where that is known. */
static void say_octets(struct session *s, uint64_t octets)
{
	reply_ok(&s->reply, "message follows");
	if (octets == OCTETS_UNKNOWN)
		return;
	reply_ok(&s->reply, "");
	reply_add_number(&s->reply, octets);
	reply_add(&s->reply, " octets", 7);
}

void body_answer(struct session *s, const char *ok)
{
	struct body *const b = &s->transfer.body;

	if (s->answer.path_len > 0) {
		if (!message_open_answer(s, s->transfer.message, b) ||
		    !start_file(s))
			return;
	} else if (s->answer.multi) {
		s->lines = send_held;
	}
	session_answer(s, ok, NULL, "");
}

/* A body comes, or the top of one. */
static void expect(struct session *s, bool top, uint64_t lines)
{
	body_expect(s);
	s->transfer.cut = top;
	s->transfer.top = (struct dot_top){ .lines = lines };
}

/* Asks `top`, until that is answered DEFAULT, or `retr`. False as above. */
static bool ask_body(struct session *s, const struct message *m, bool top,
		     uint64_t lines)
{
	char digits[20];
	const struct wire_field field = { digits, number_print(lines, digits) };

	expect(s, top, lines);
	if (top) {
		if (!session_ask_message(s, WIRE_TOP, m, field))
			return false;
		if (s->answer.result != WIRE_DEFAULT)
			return true;
		if (m->octets == OCTETS_UNKNOWN)
			return true;
	}
	return session_ask_message(s, WIRE_RETR, m, absent);
}

void body_send(struct session *s, struct message *m, bool top, uint64_t lines)
{
	bool here;

	s->transfer.message = m;
	here = message_locate(&s->drop, &s->spool, m, &s->transfer.body);
	/* The size told and the octets sent are to agree: spool it first. */
	if (!here && m->octets == OCTETS_UNKNOWN &&
	    (!top || ask_defaulted(&s->backend, WIRE_TOP))) {
		if (!message_fetch(s, m))
			return;
		if (s->answer.result != WIRE_OK) {
			session_answer(s, "", NULL, "no such message");
			return;
		}
		here = message_locate(&s->drop, &s->spool, m,
				      &s->transfer.body);
	}
	if (here) {
		expect(s, top, lines);
		if (start_file(s))
			say_octets(s, top ? OCTETS_UNKNOWN : m->octets);
		return;
	}
	if (m->refused) {
		reply_err(&s->reply, "SYS/TEMP", "the message is too large");
		return;
	}
	if (!ask_body(s, m, top, lines))
		return;
	if (s->answer.result == WIRE_DEFAULT && m->octets == OCTETS_UNKNOWN) {
		body_send(s, m, top, lines); /* `top` is asked no more */
		return;
	}
	if (s->answer.result == WIRE_OK) {
		body_answer(s, "message follows");
		return;
	}
	if (s->answer.result == WIRE_TEMP || message_gone(s, m))
		session_answer(s, "", NULL, "no such message");
}
