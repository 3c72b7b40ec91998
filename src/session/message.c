/* SPDX-License-Identifier: ISC */
#include "session/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "pure/number.h"
#include "session/question.h"
#include "session/stream.h"

static const struct wire_field absent = { NULL, 0 };

/* The message's file: as file_open. */
static int open_message(struct session *s, const struct message *m,
			uint64_t *octets)
{
	const char *const path = maildrop_path(&s->drop, m);

	return path != NULL ? file_open(path, octets) : -ENOENT;
}

void message_trouble(struct session *s, struct message *m, const char *path,
		     const char *error)
{
	struct log_line l;

	reply_err(&s->reply, "SYS/TEMP", "the message cannot be had");
	if ((m != NULL && m->noted) || s->troubles == LIMIT_LOG_TROUBLES)
		return;
	s->troubles++;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message cannot be had");
	if (m != NULL) {
		m->noted = true;
		session_log_message(s, &l, m);
	}
	log_text(&l, "path", path);
	log_text(&l, "error", error);
	log_end(&l);
}

int message_open_answer(struct session *s, struct message *m, uint64_t *octets)
{
	const struct answer *const a = &s->answer;
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
	message_trouble(s, m, a->path, strerror(-error));
	/* It is no message that is said to be there. */
	if (m == NULL && error == -ENOENT)
		s->reply.code = NULL;
	return -1;
}

/*
 * To count a maildrop may take minutes: SIGTERM does not wait for that, and it
 * is not done for nobody.
 */
static bool stopped(struct session *s)
{
	const unsigned events = io_look(&s->io);

	if (events & IO_CHILD)
		process_exited(&s->backend.child);
	s->io.gone |= (events & IO_GONE) != 0;
	if (events & (IO_TERM | IO_GONE))
		session_over_outside(s);
	return s->hurry;
}

const char message_shrunk[] = "it became shorter";

const char *message_read(int fd, char *to, size_t n, uint64_t at)
{
	const ssize_t got = file_read(fd, to, n, at);

	if (got == (ssize_t)n)
		return NULL;
	return got < 0 ? strerror((int)-got) : message_shrunk;
}

/*
 * Reads a file to the end that it had when it was opened: counts its octets,
 * as POP3 does, and copies it into the spool where it is to be there. NULL, or
 * what went wrong.
 */
static const char *take_file(struct session *s, int fd, uint64_t octets,
			     bool spool)
{
	char *const data = s->scratch;
	const char *error = NULL;
	uint64_t at = 0;

	while (at < octets && error == NULL) {
		const size_t n = octets - at < sizeof(s->scratch)
					 ? (size_t)(octets - at)
					 : sizeof(s->scratch);

		if (stopped(s))
			return "terminated";
		error = message_read(fd, data, n, at);
		if (error != NULL)
			break;
		if (spool)
			stream_spool(s, data, n);
		else
			dot_count(&s->stream.count, data, n);
		at += n;
	}
	close(fd);
	return error;
}

/* What says that there is no message: nothing, or nothing that is served. */
static bool says_gone(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP ||
	       error == -EINVAL || error == -ENXIO || error == -ENODEV;
}

static void note_missing(struct session *s, const struct message *m,
			 const char *path, int error)
{
	const bool refused = s->answer.result == WIRE_ERR;
	struct log_line l;

	if (s->noted_missing)
		return;
	s->noted_missing = true;
	log_start(&l, LOG_PRIORITY_NOTICE, "note");
	log_text(&l, "what",
		 refused ? "no body for a message; retr answered ERR"
			 : "no body for a message; retr answered DEFAULT");
	session_log_message(s, &l, m);
	if (path != NULL) {
		log_text(&l, "path", path);
		log_text(&l, "error", error < 0 ? strerror(-error) : "none");
	}
	log_end(&l);
}

bool message_gone(struct session *s, struct message *m)
{
	const char *const path = maildrop_path(&s->drop, m);
	uint64_t octets;
	const int fd = open_message(s, m, &octets);

	if (fd >= 0)
		close(fd);
	if (s->answer.result == WIRE_ERR || says_gone(fd)) {
		note_missing(s, m, path, fd);
		return true;
	}
	message_trouble(s, m, path, fd < 0 ? strerror(-fd) : "none");
	return false;
}

bool message_fetch(struct session *s, struct message *m)
{
	const char *wrong = NULL;
	uint64_t octets;
	int fd, error;

	stream_expect(s, STREAM_SPOOL);
	s->stream.hashed = maildrop_needs_body_id(m);
	if (!session_ask_message(s, WIRE_RETR, m, absent))
		return false;
	if (s->answer.result == WIRE_TEMP) {
		session_answer(s, "", NULL, "");
		return false;
	}
	if (s->answer.result != WIRE_OK) {
		if (!message_gone(s, m))
			return false;
		maildrop_found_octets(m, 0);
		return true;
	}
	if (!s->answer.multi) {
		fd = message_open_answer(s, m, &octets);
		if (fd < 0)
			return false;
		/* The backend may put the next message into the same file. */
		wrong = take_file(s, fd, octets, true);
		if (s->hurry)
			return false;
	}
	error = wrong == NULL ? stream_settle(s, m) : 0;
	if (wrong != NULL)
		message_trouble(s, m, s->answer.path, wrong);
	else if (error < 0)
		message_trouble(s, m, file_spool_folder(), strerror(-error));
	return wrong == NULL && error == 0;
}

bool message_size(struct session *s, struct message *m)
{
	const char *wrong;
	uint64_t octets;
	int fd;

	if (m->octets != OCTETS_UNKNOWN)
		return true;
	fd = open_message(s, m, &octets);
	if (fd < 0)
		return message_fetch(s, m);
	stream_expect(s, STREAM_IGNORE);
	wrong = take_file(s, fd, octets, false);
	if (wrong == NULL)
		m->octets = dot_octets(&s->stream.count);
	else if (!s->hurry)
		message_trouble(s, m, maildrop_path(&s->drop, m), wrong);
	return wrong == NULL;
}

bool message_locate(struct session *s, const struct message *m)
{
	if (m->spool != SPOOL_NONE) {
		if (file_read(s->spool, (char *)&s->body_octets,
			      STREAM_SPOOL_HEAD, m->spool) != STREAM_SPOOL_HEAD)
			return false;
		s->body = s->spool;
		s->body_at = m->spool + STREAM_SPOOL_HEAD;
		s->body_path = file_spool_folder();
		return true;
	}
	s->body = open_message(s, m, &s->body_octets);
	s->body_at = 0;
	s->body_path = maildrop_path(&s->drop, m);
	return s->body >= 0;
}

bool message_unique_id(struct session *s, struct message *m)
{
	/* Where it is gone, any unique-id will do. */
	return !maildrop_needs_body_id(m) || message_fetch(s, m);
}
