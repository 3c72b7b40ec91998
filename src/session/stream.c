/* SPDX-License-Identifier: ISC */
#include "session/stream.h"

#include <errno.h>
#include <string.h>

#include "os/file.h"
#include "session/speak.h"

static void spool_held(struct session *s)
{
	struct stream *const b = &s->stream;

	if (!b->full && b->error == 0)
		b->error = file_write(s->spool, b->hold, b->held, b->at);
	b->at += b->held;
	b->held = 0;
}

void stream_spool(struct session *s, const char *data, size_t n)
{
	struct stream *const b = &s->stream;

	dot_count(&b->count, data, n);
	if (b->hashed)
		sha256_add(&b->hash, data, n);
	if (b->at + b->held + n > s->options->spool_max)
		b->full = true;
	while (n > 0 && !b->full && b->error == 0) {
		const size_t room = sizeof(b->hold) - b->held;
		const size_t some = n < room ? n : room;

		memcpy(b->hold + b->held, data, some);
		b->held += some;
		if (b->held == sizeof(b->hold))
			spool_held(s);
		data += some;
		n -= some;
	}
}

static void note_full(struct session *s, const struct message *m)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message does not fit into the spool");
	session_log_message(s, &l, m);
	log_end(&l);
}

/* The unique-id that is made from a body. */
static int settle_id(struct session *s, struct message *m)
{
	uint8_t digest[32];

	sha256_end(&s->stream.hash, digest);
	return maildrop_set_body_id(&s->drop, m, digest) == NULL ? 0 : -ENOMEM;
}

int stream_settle(struct session *s, struct message *m)
{
	struct stream *const b = &s->stream;
	uint64_t length;

	spool_held(s);
	length = b->at - s->spool_end - STREAM_SPOOL_HEAD;
	if (!b->full && b->error == 0)
		b->error = file_write(s->spool, (const char *)&length,
				      sizeof(length), s->spool_end);
	if (b->hashed && b->error == 0)
		b->error = settle_id(s, m);
	if (b->error < 0)
		return b->error;
	maildrop_found_octets(m, dot_octets(&b->count));
	if (b->full) {
		m->refused = true;
		note_full(s, m);
		return 0;
	}
	m->spool = s->spool_end;
	s->spool_end = b->at;
	return 0;
}

void stream_expect(struct session *s, enum stream_to to)
{
	struct stream *const b = &s->stream;

	b->to = to;
	b->begun = b->cut = b->full = b->hashed = false;
	b->error = 0;
	b->dot = (struct dot){ .cr = false };
	b->count = (struct dot_count){ .octets = 0 };
	b->held = 0;
	if (to != STREAM_SPOOL)
		return;
	sha256_start(&b->hash);
	b->at = s->spool_end + STREAM_SPOOL_HEAD;
	if (s->spool < 0)
		s->spool = file_spool();
	b->error = s->spool < 0 ? s->spool : 0;
}

/* Converts octets into the output, as much at once as it takes. */
static void emit(struct session *s, const char *data, size_t n)
{
	while (n > 0 && !s->io.gone) {
		const size_t some = n < LIMIT_FILE_READ ? n : LIMIT_FILE_READ;
		char *const to = io_space(&s->io, DOT_ROOM(some));

		io_added(&s->io, dot_stuff(&s->stream.dot, data, some, to));
		data += some;
		n -= some;
	}
}

/* Octets on their way to the client: cut, and counted. */
static size_t pass(struct session *s, const char *data, size_t n)
{
	if (s->stream.cut)
		n = dot_top(&s->stream.top, data, n);
	dot_count(&s->stream.count, data, n);
	return n;
}

/* Adds to what is held; the caller has seen that it fits. */
static void hold(struct stream *b, const char *data, size_t n)
{
	memcpy(b->hold + b->held, data, n);
	b->held += n;
}

void stream_take(struct session *s, const char *data, size_t n)
{
	struct stream *const b = &s->stream;

	if (b->to == STREAM_SPOOL)
		stream_spool(s, data, n);
	if (b->to != STREAM_CLIENT)
		return;
	n = pass(s, data, n);
	if (!b->begun && b->held + n <= sizeof(b->hold)) {
		hold(b, data, n);
		return;
	}
	if (!b->begun) {
		b->begun = true;
		speak_begin(s);
		emit(s, b->hold, b->held);
	}
	emit(s, data, n);
}

void stream_send(struct session *s, const char *data, size_t n)
{
	emit(s, data, pass(s, data, n));
}

void stream_send_held(struct session *s)
{
	emit(s, s->stream.hold, s->stream.held);
}

static void note_size(struct session *s, const struct message *m, uint64_t sent)
{
	struct log_line l;

	if (s->noted)
		return;
	s->noted = true;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message has not the size that was told");
	session_log_message(s, &l, m);
	log_number(&l, "told", m->octets);
	log_number(&l, "sent", sent);
	log_end(&l);
}

void stream_finish(struct session *s)
{
	struct message *const m = s->message;
	const uint64_t octets = dot_octets(&s->stream.count);

	io_added(&s->io, dot_finish(&s->stream.dot, io_space(&s->io, 2)));
	if (m == NULL)
		return;
	if (s->body_top) {
		s->tally.top++;
		s->tally.top_octets += octets;
		return;
	}
	s->tally.retr++;
	s->tally.retr_octets += octets;
	m->fetched = true;
	if (m->octets == OCTETS_UNKNOWN)
		m->octets = octets;
	else if (m->octets != octets)
		note_size(s, m, octets);
}
