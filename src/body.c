/* SPDX-License-Identifier: ISC */
#include "body.h"

#include <string.h>
#include <unistd.h>

#include "file.h"
#include "message.h"
#include "number.h"
#include "question.h"
#include "stream.h"

static const struct wire_field absent = { NULL, 0 };

/* .lines of a body that was held back whole. */
static bool send_held(struct session *s)
{
	stream_send_held(s);
	stream_finish(s);
	return true;
}

/*
 * .lines of a body in a file or in the spool. A file that ends before the
 * length it had when it was opened breaks the connection: a message that is
 * cut off must not look whole.
 */
static bool send_file(struct session *s)
{
	char *const data = s->scratch;
	bool whole = true;

	while (s->body_octets > 0 && !(s->stream.cut && s->stream.top.full)) {
		const size_t n = s->body_octets < sizeof(s->scratch)
					 ? (size_t)s->body_octets
					 : sizeof(s->scratch);

		if (file_read(s->body, data, n, s->body_at) != (ssize_t)n ||
		    s->io.gone) {
			whole = false;
			break;
		}
		stream_send(s, data, n);
		s->body_at += n;
		s->body_octets -= n;
	}
	if (s->body != s->spool)
		close(s->body);
	s->body = -1;
	if (whole)
		stream_finish(s);
	else if (!s->io.gone)
		session_over(s, "a message ended before its length");
	return whole;
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
		s->body = message_open_answer(s, &s->body_octets);
		s->body_at = 0;
		if (s->body < 0)
			return;
		s->lines = send_file;
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
		here = message_locate(s, m);
		if (!here && !m->refused) {
			if (s->answer.result != WIRE_OK)
				session_answer(s, "", NULL, "no such message");
			return;
		}
	}
	if (here) {
		stream_expect(s, STREAM_CLIENT);
		s->stream.cut = top;
		s->stream.top = (struct dot_top){ .lines = lines };
		say_octets(s, top ? OCTETS_UNKNOWN : m->octets);
		s->lines = send_file;
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
	if (s->answer.result != WIRE_TEMP)
		message_note_missing(s, m);
	session_answer(s, "", NULL, "no such message");
}
