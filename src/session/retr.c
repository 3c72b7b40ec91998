/* SPDX-License-Identifier: ISC */
#include "session/retr.h"

#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "pure/number.h"
#include "session/message.h"
#include "session/question.h"
#include "session/stream.h"

static const struct wire_field absent = { NULL, 0 };

/* .lines of a body that was held back whole. */
static bool send_held(struct session *s)
{
	stream_send_held(s);
	stream_finish(s);
	return true;
}

/* The octets of the next piece. */
static size_t piece(const struct session *s)
{
	return s->body_octets < sizeof(s->scratch) ? (size_t)s->body_octets
						   : sizeof(s->scratch);
}

static void close_body(struct session *s)
{
	if (s->body != s->spool)
		close(s->body);
	s->body = -1;
}

/*
 * .lines of a body in a file or in the spool. A file that ends before the
 * length it had when it was opened breaks the connection: a message that is
 * cut off must not look whole.
 */
static bool send_file(struct session *s)
{
	const char *wrong = NULL;
	bool whole = true;

	while (s->body_octets > 0 && !(s->stream.cut && s->stream.top.full)) {
		const size_t n = piece(s);

		if (!s->body_begun)
			wrong = message_read(s->body, s->scratch, n,
					     s->body_at);
		s->body_begun = false;
		whole = wrong == NULL && !s->io.gone;
		if (!whole)
			break;
		stream_send(s, s->scratch, n);
		s->body_at += n;
		s->body_octets -= n;
	}
	close_body(s);
	if (whole) {
		stream_finish(s);
	} else if (!s->io.gone) {
		message_trouble(s, s->message, s->body_path, wrong);
		session_over(s, wrong == message_shrunk
					? "a message ended before its length"
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
	const char *const wrong =
		message_read(s->body, s->scratch, piece(s), s->body_at);

	if (wrong != NULL) {
		close_body(s);
		message_trouble(s, s->message, s->body_path, wrong);
		return false;
	}
	s->body_begun = true;
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
	if (s->answer.path_len > 0) {
		s->body = message_open_answer(s, s->message, &s->body_octets);
		s->body_at = 0;
		s->body_path = s->answer.path;
		if (s->body < 0 || !start_file(s))
			return;
	} else if (s->answer.multi) {
		s->lines = send_held;
	}
	session_answer(s, ok, NULL, "");
}

/* Asks `top`, until that is answered DEFAULT, or `retr`. False as above. */
static bool ask_body(struct session *s, const struct message *m, uint64_t lines)
{
	char digits[20];
	const struct wire_field field = { digits, number_print(lines, digits) };

	stream_expect(s, STREAM_CLIENT);
	s->stream.cut = s->body_top;
	s->stream.top = (struct dot_top){ .lines = lines };
	if (s->body_top && (s->defaulted & 1u << WIRE_TOP) == 0) {
		if (!session_ask_message(s, WIRE_TOP, m, field))
			return false;
		if (s->answer.result != WIRE_DEFAULT)
			return true;
		s->defaulted |= 1u << WIRE_TOP;
		if (m->octets == OCTETS_UNKNOWN)
			return true;
	}
	return session_ask_message(s, WIRE_RETR, m, absent);
}

void body_send(struct session *s, struct message *m, bool top, uint64_t lines)
{
	bool here;

	s->message = m;
	s->body_top = top;
	here = message_locate(s, m);
	/* The size told and the octets sent are to agree: spool it first. */
	if (!here && m->octets == OCTETS_UNKNOWN &&
	    (!top || (s->defaulted & 1u << WIRE_TOP) != 0)) {
		if (!message_fetch(s, m))
			return;
		if (s->answer.result != WIRE_OK) {
			session_answer(s, "", NULL, "no such message");
			return;
		}
		here = message_locate(s, m);
	}
	if (here) {
		stream_expect(s, STREAM_CLIENT);
		s->stream.cut = top;
		s->stream.top = (struct dot_top){ .lines = lines };
		if (start_file(s))
			say_octets(s, top ? OCTETS_UNKNOWN : m->octets);
		return;
	}
	if (m->refused) {
		reply_err(&s->reply, "SYS/TEMP", "the message is too large");
		return;
	}
	if (!ask_body(s, m, lines))
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
