/* SPDX-License-Identifier: ISC */
#include "body.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "number.h"
#include "sha256.h"

/* In the spool each body has its length in front. */
enum { SPOOL_HEAD = sizeof(uint64_t) };

static const struct wire_field absent = { NULL, 0 };

void body_expect(struct session *s, enum stream_to to)
{
	struct stream *const b = &s->stream;

	b->to = to;
	b->begun = b->cut = b->failed = false;
	b->dot = (struct dot){ .cr = false };
	b->count = (struct dot_count){ .octets = 0 };
	b->held = 0;
	if (to != STREAM_SPOOL)
		return;
	b->at = s->spool_end + SPOOL_HEAD;
	if (s->spool < 0)
		s->spool = file_spool();
	b->failed = s->spool < 0;
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

/* Octets on their way to the client: cut, counted, converted. */
static size_t pass(struct session *s, const char *data, size_t n)
{
	if (s->stream.cut)
		n = dot_top(&s->stream.top, data, n);
	dot_count(&s->stream.count, data, n);
	return n;
}

static void spool_held(struct session *s)
{
	struct stream *const b = &s->stream;

	if (!b->failed && file_write(s->spool, b->hold, b->held, b->at) < 0)
		b->failed = true;
	b->at += b->held;
	b->held = 0;
}

/* Adds to what is held; the caller has seen that it fits. */
static void hold(struct stream *b, const char *data, size_t n)
{
	memcpy(b->hold + b->held, data, n);
	b->held += n;
}

static void stream_to_spool(struct session *s, const char *data, size_t n)
{
	struct stream *const b = &s->stream;

	dot_count(&b->count, data, n);
	if (b->at + b->held + n > s->options->spool_max)
		b->failed = true;
	while (n > 0 && !b->failed) {
		const size_t room = sizeof(b->hold) - b->held;
		const size_t some = n < room ? n : room;

		hold(b, data, some);
		if (b->held == sizeof(b->hold))
			spool_held(s);
		data += some;
		n -= some;
	}
}

void body_stream(struct session *s, const char *data, size_t n)
{
	struct stream *const b = &s->stream;

	if (b->to == STREAM_SPOOL)
		stream_to_spool(s, data, n);
	if (b->to != STREAM_CLIENT)
		return;
	n = pass(s, data, n);
	if (!b->begun && b->held + n <= sizeof(b->hold)) {
		hold(b, data, n);
		return;
	}
	if (!b->begun) {
		b->begun = true;
		session_begin(s);
		emit(s, b->hold, b->held);
	}
	emit(s, data, n);
}

static void note_size(struct session *s, uint64_t told, uint64_t sent)
{
	struct log_line l;

	if (s->noted)
		return;
	s->noted = true;
	session_log_start(s, &l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message has not the size that was told");
	log_number(&l, "told", told);
	log_number(&l, "sent", sent);
	log_end(&l);
}

void body_finish(struct session *s)
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
		note_size(s, m->octets, octets);
}

/* .lines of a body that was held back whole. */
static bool send_held(struct session *s)
{
	emit(s, s->stream.hold, s->stream.held);
	body_finish(s);
	return true;
}

/*
 * .lines of a body in a file or in the spool. A file that ends before the
 * length it had when it was opened breaks the connection: a message that is
 * cut off must not look whole.
 */
static bool send_file(struct session *s)
{
	char data[LIMIT_FILE_READ];
	bool whole = true;

	while (s->body_octets > 0 && !(s->stream.cut && s->stream.top.full)) {
		const size_t n = s->body_octets < sizeof(data) ?
					 (size_t)s->body_octets :
					 sizeof(data);

		if (file_read(s->body, data, n, s->body_at) != (ssize_t)n ||
		    s->io.gone) {
			whole = false;
			break;
		}
		emit(s, data, pass(s, data, n));
		s->body_at += n;
		s->body_octets -= n;
	}
	if (s->body != s->spool)
		close(s->body);
	s->body = -1;
	if (whole)
		body_finish(s);
	else if (!s->io.gone)
		session_over(s, "a message ended before its length");
	return whole;
}

/* The message's file, where it is or was found to be: as file_open. */
static int open_message(struct session *s, const struct message *m,
			uint64_t *octets)
{
	const char *const paths[] = { maildrop_path(&s->drop, m),
				      maildrop_found(&s->drop, m) };
	int fd = -ENOENT;

	for (int i = 0; i < 2 && fd < 0; i++)
		if (paths[i] != NULL)
			fd = file_open(paths[i], octets);
	return fd;
}

/*
 * Opens what `file` or `temp` named: a descriptor, or -1 with the reply set.
 */
static int open_answer(struct session *s, uint64_t *octets)
{
	const struct answer *const a = &s->answer;
	int fd = file_open(a->path, octets), error = fd;
	struct log_line l;

	if (fd >= 0 && a->temp) {
		error = file_unlink_temp(fd, a->path);
		if (error < 0)
			close(fd);
	}
	if (error >= 0)
		return fd;
	session_log_start(s, &l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "the backend's file cannot be served");
	log_text(&l, "path", a->path);
	log_text(&l, "error", strerror(-error));
	log_end(&l);
	reply_err(&s->reply, error == -ENOENT ? NULL : "SYS/TEMP",
		  "the message cannot be had");
	return -1;
}

/* The octets of a file, as POP3 counts them. */
static bool count_file(struct session *s, int fd, uint64_t octets)
{
	char data[LIMIT_FILE_READ];
	struct dot_count count = { .octets = 0 };
	uint64_t at = 0;

	while (at < octets) {
		const size_t n = octets - at < sizeof(data) ?
					 (size_t)(octets - at) :
					 sizeof(data);

		if (file_read(fd, data, n, at) != (ssize_t)n)
			return false;
		dot_count(&count, data, n);
		at += n;
	}
	s->stream.count = count;
	return true;
}

/* Copies a file into the spool, as if it had been streamed. */
static void spool_file(struct session *s, int fd, uint64_t octets)
{
	char data[LIMIT_FILE_READ];

	for (uint64_t at = 0; at < octets && !s->stream.failed;) {
		const ssize_t n = file_read(fd, data, sizeof(data), at);

		if (n <= 0) {
			s->stream.failed = true;
			return;
		}
		stream_to_spool(s, data, (size_t)n);
		at += (uint64_t)n;
	}
}

/* Ends a body in the spool. */
static void settle_spool(struct session *s, struct message *m)
{
	struct stream *const b = &s->stream;
	uint64_t length;
	struct log_line l;

	spool_held(s);
	length = b->at - s->spool_end - SPOOL_HEAD;
	if (!b->failed &&
	    file_write(s->spool, (const char *)&length, sizeof(length),
		       s->spool_end) < 0)
		b->failed = true;
	if (!b->failed) {
		m->spool = s->spool_end;
		m->octets = dot_octets(&b->count);
		s->spool_end = b->at;
		return;
	}
	m->refused = true;
	m->octets = 0;
	session_log_start(s, &l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message does not fit into the spool");
	log_number(&l, "number", (uint64_t)(m - s->drop.messages) + 1);
	log_end(&l);
}

/*
 * A message of unknown size, without a path that opens: fetched once with
 * retr. False where that cannot be now, the reply set.
 */
static bool fetch(struct session *s, struct message *m)
{
	uint64_t octets;
	int fd;

	body_expect(s, STREAM_SPOOL);
	if (!session_ask_message(s, WIRE_RETR, m, absent))
		return false;
	if (s->answer.result == WIRE_TEMP) {
		session_answer(s, "", NULL, "");
		return false;
	}
	m->octets = 0;
	if (s->answer.result != WIRE_OK)
		return true; /* gone */
	if (s->answer.multi) {
		settle_spool(s, m);
		return true;
	}
	fd = open_answer(s, &octets);
	if (fd < 0)
		return true;
	if (s->answer.temp) {
		spool_file(s, fd, octets);
		settle_spool(s, m);
	} else if (count_file(s, fd, octets)) {
		m->octets = dot_octets(&s->stream.count);
		maildrop_set_found(&s->drop, m, s->answer.path);
	}
	close(fd);
	return true;
}

bool body_size(struct session *s, struct message *m)
{
	uint64_t octets;
	int fd;

	if (m->octets != OCTETS_UNKNOWN)
		return true;
	fd = open_message(s, m, &octets);
	if (fd < 0)
		return fetch(s, m);
	m->octets = count_file(s, fd, octets) ?
			    dot_octets(&s->stream.count) :
			    0;
	close(fd);
	return true;
}

/* A body that is at hand: a descriptor, where in it, and how long. */
static bool locate(struct session *s, const struct message *m)
{
	if (m->spool != SPOOL_NONE) {
		if (file_read(s->spool, (char *)&s->body_octets, SPOOL_HEAD,
			      m->spool) != SPOOL_HEAD)
			return false;
		s->body = s->spool;
		s->body_at = m->spool + SPOOL_HEAD;
		return true;
	}
	s->body = open_message(s, m, &s->body_octets);
	s->body_at = 0;
	return s->body >= 0;
}

bool body_unique_id(struct session *s, struct message *m)
{
	char data[LIMIT_FILE_READ];
	struct sha256 hash;
	uint8_t digest[32];
	bool whole;

	if (!maildrop_needs_body_id(m))
		return true;
	if (m->spool == SPOOL_NONE && m->found == 0 && !m->refused &&
	    !fetch(s, m))
		return false;
	if (!locate(s, m))
		return true; /* gone: any unique-id will do */
	sha256_start(&hash);
	while (s->body_octets > 0) {
		const ssize_t n = file_read(
			s->body, data,
			s->body_octets < sizeof(data) ?
				(size_t)s->body_octets :
				sizeof(data),
			s->body_at);

		if (n <= 0)
			break;
		sha256_add(&hash, data, (size_t)n);
		s->body_at += (uint64_t)n;
		s->body_octets -= (uint64_t)n;
	}
	whole = s->body_octets == 0;
	if (s->body != s->spool)
		close(s->body);
	s->body = -1;
	sha256_end(&hash, digest);
	if (whole)
		maildrop_set_body_id(&s->drop, m, digest);
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
		s->body = open_answer(s, &s->body_octets);
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
static bool ask_body(struct session *s, const struct message *m,
		     uint64_t lines)
{
	char digits[20];
	const struct wire_field field = { digits,
					  number_print(lines, digits) };

	body_expect(s, STREAM_CLIENT);
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
	here = locate(s, m);
	/* The size told and the octets sent are to agree: spool it first. */
	if (!here && m->octets == OCTETS_UNKNOWN &&
	    (!top || (s->defaulted & 1u << WIRE_TOP) != 0)) {
		if (!fetch(s, m))
			return;
		here = locate(s, m);
		if (!here && !m->refused) {
			if (s->answer.result != WIRE_OK)
				session_answer(s, "", NULL, "no such message");
			return;
		}
	}
	if (here) {
		body_expect(s, STREAM_CLIENT);
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
	if (s->answer.result == WIRE_DEFAULT &&
	    m->octets == OCTETS_UNKNOWN) {
		body_send(s, m, top, lines); /* `top` is asked no more */
		return;
	}
	if (s->answer.result == WIRE_OK)
		body_answer(s, "message follows");
	else
		session_answer(s, "", NULL, "no such message");
}
