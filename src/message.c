/* SPDX-License-Identifier: ISC */
#include "message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "number.h"
#include "question.h"
#include "sha256.h"
#include "stream.h"

static const struct wire_field absent = { NULL, 0 };

/* The message's file: as file_open. */
static int open_message(struct session *s, const struct message *m,
			uint64_t *octets)
{
	const char *const path = maildrop_path(&s->drop, m);

	return path != NULL ? file_open(path, octets) : -ENOENT;
}

int message_open_answer(struct session *s, uint64_t *octets)
{
	const struct answer *const a = &s->answer;
	struct log_line l;
	int fd, error;

	if (session_root(s)) {
		session_fault(s, "a file before become");
		return -1;
	}
	fd = error = file_open(a->path, octets);
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

/* To count a maildrop may take minutes: SIGTERM does not wait for that. */
static bool stopped(struct session *s)
{
	const unsigned events = io_look(&s->io);

	if (events & IO_CHILD)
		process_exited(&s->backend.child);
	if (events & IO_TERM)
		session_over_outside(s);
	return s->hurry;
}

/* The octets of a file, as POP3 counts them. */
static bool count_file(struct session *s, int fd, uint64_t octets)
{
	char *const data = s->scratch;
	struct dot_count count = { .octets = 0 };
	uint64_t at = 0;

	while (at < octets) {
		const size_t n = octets - at < sizeof(s->scratch)
					 ? (size_t)(octets - at)
					 : sizeof(s->scratch);

		if (stopped(s) || file_read(fd, data, n, at) != (ssize_t)n)
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
	char *const data = s->scratch;

	for (uint64_t at = 0; at < octets && !s->stream.failed;) {
		const ssize_t n = file_read(fd, data, sizeof(s->scratch), at);

		if (n <= 0) {
			s->stream.failed = true;
			return;
		}
		stream_spool(s, data, (size_t)n);
		at += (uint64_t)n;
	}
}

void message_note_missing(struct session *s, const struct message *m)
{
	const char *const path = maildrop_path(&s->drop, m);
	size_t len;
	const char *const uid = maildrop_given_uid(&s->drop, m, &len);
	struct log_line l;
	uint64_t octets;
	int fd;

	if (s->noted_missing)
		return;
	s->noted_missing = true;
	session_log_start(s, &l, LOG_PRIORITY_NOTICE, "note");
	log_text(&l, "what",
		 s->answer.result == WIRE_ERR
			 ? "no body for a message; retr answered ERR"
			 : "no body for a message; retr answered DEFAULT");
	log_octets(&l, "uid", uid, len);
	if (path != NULL) {
		fd = file_open(path, &octets);
		log_text(&l, "path", path);
		log_text(&l, "error", fd < 0 ? strerror(-fd) : "none");
		if (fd >= 0)
			close(fd);
	}
	log_end(&l);
}

bool message_fetch(struct session *s, struct message *m)
{
	uint64_t octets;
	int fd;

	stream_expect(s, STREAM_SPOOL);
	if (!session_ask_message(s, WIRE_RETR, m, absent))
		return false;
	if (s->answer.result == WIRE_TEMP) {
		session_answer(s, "", NULL, "");
		return false;
	}
	maildrop_found_octets(m, 0);
	if (s->answer.result != WIRE_OK) { /* gone */
		message_note_missing(s, m);
		return true;
	}
	if (!s->answer.multi) {
		fd = message_open_answer(s, &octets);
		if (fd < 0)
			return true;
		/* The backend may put the next message into the same file. */
		spool_file(s, fd, octets);
		close(fd);
	}
	stream_settle(s, m);
	return true;
}

bool message_size(struct session *s, struct message *m)
{
	uint64_t octets;
	int fd;

	if (m->octets != OCTETS_UNKNOWN)
		return true;
	fd = open_message(s, m, &octets);
	if (fd < 0)
		return message_fetch(s, m);
	m->octets =
		count_file(s, fd, octets) ? dot_octets(&s->stream.count) : 0;
	close(fd);
	return !s->hurry;
}

bool message_locate(struct session *s, const struct message *m)
{
	if (m->spool != SPOOL_NONE) {
		if (file_read(s->spool, (char *)&s->body_octets,
			      STREAM_SPOOL_HEAD, m->spool) != STREAM_SPOOL_HEAD)
			return false;
		s->body = s->spool;
		s->body_at = m->spool + STREAM_SPOOL_HEAD;
		return true;
	}
	s->body = open_message(s, m, &s->body_octets);
	s->body_at = 0;
	return s->body >= 0;
}

bool message_unique_id(struct session *s, struct message *m)
{
	char *const data = s->scratch;
	struct sha256 hash;
	uint8_t digest[32];
	bool whole;

	if (!maildrop_needs_body_id(m))
		return true;
	if (m->spool == SPOOL_NONE && !m->refused && !message_fetch(s, m))
		return false;
	if (!message_locate(s, m))
		return true; /* gone: any unique-id will do */
	sha256_start(&hash);
	while (s->body_octets > 0) {
		const ssize_t n = file_read(s->body, data,
					    s->body_octets < sizeof(s->scratch)
						    ? (size_t)s->body_octets
						    : sizeof(s->scratch),
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
