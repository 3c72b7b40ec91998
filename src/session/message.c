/* SPDX-License-Identifier: ISC */
#include "session/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "pure/number.h"

static const struct wire_field absent = { NULL, 0 };

/* The message's file: as file_open. */
static int open_message(const struct maildrop *drop, const struct message *m,
			uint64_t *octets)
{
	const char *const path = maildrop_path(drop, m);

	return path != NULL ? file_open(path, octets) : -ENOENT;
}

void message_trouble(struct session *s, struct message *m, const char *path,
		     const char *error)
{
	struct log_line l;

	reply_err(&s->reply, "SYS/TEMP", "the message cannot be had");
	if (m != NULL && m->noted)
		return;
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
	if (io_waited(&s->io, &s->backend.child, io_look(&s->io)))
		session_over_outside(s);
	return s->outcome.ending >= ENDS_NOW;
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
 * as POP3 does, or copies it into the spool where there is no count. NULL, or
 * what went wrong.
 */
static const char *take_file(struct session *s, int fd, uint64_t octets,
			     struct dot_count *count)
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
		if (count != NULL)
			dot_count(count, data, n);
		else
			spool_add(&s->spool, data, n);
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

	if (s->drop.noted_missing)
		return;
	s->drop.noted_missing = true;
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
	const int fd = open_message(&s->drop, m, &octets);

	if (fd >= 0)
		close(fd);
	if (s->answer.result == WIRE_ERR || says_gone(fd)) {
		note_missing(s, m, path, fd);
		return true;
	}
	message_trouble(s, m, path, fd < 0 ? strerror(-fd) : "none");
	return false;
}

/* .take of a body for the spool. */
static void take(struct session *s, const char *data, size_t n)
{
	spool_add(&s->spool, data, n);
}

static void note_full(struct session *s, const struct message *m)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a message does not fit into the spool");
	session_log_message(s, &l, m);
	log_end(&l);
}

bool message_fetch(struct session *s, struct message *m)
{
	const char *wrong = NULL;
	uint64_t octets;
	int fd, error;

	spool_begin(&s->spool, maildrop_needs_body_id(m));
	s->take = take;
	if (!session_ask_message(s, WIRE_RETR, m, absent))
		return false;
	if (s->answer.result == WIRE_TEMP) {
		session_answer(s, "", NULL, "");
		return false;
	}
	if (s->answer.result != WIRE_OK) {
		/* Its size stays unknown, for it may come back. */
		return message_gone(s, m);
	}
	if (!s->answer.multi) {
		fd = message_open_answer(s, m, &octets);
		if (fd < 0)
			return false;
		/* The backend may put the next message into the same file. */
		wrong = take_file(s, fd, octets, NULL);
		if (s->outcome.ending >= ENDS_NOW)
			return false;
	}
	error = wrong == NULL ? spool_settle(&s->spool, &s->drop, m) : 0;
	if (wrong != NULL)
		message_trouble(s, m, s->answer.path, wrong);
	else if (error < 0)
		message_trouble(s, m, file_spool_folder(), strerror(-error));
	else if (m->refused)
		note_full(s, m);
	return wrong == NULL && error == 0;
}

bool message_size(struct session *s, struct message *m)
{
	struct dot_count count = { .octets = 0 };
	const char *wrong;
	uint64_t octets;
	int fd;

	if (m->octets != OCTETS_UNKNOWN)
		return true;
	fd = open_message(&s->drop, m, &octets);
	if (fd < 0)
		return message_fetch(s, m);
	wrong = take_file(s, fd, octets, &count);
	if (wrong == NULL)
		maildrop_counted(m, dot_octets(&count));
	else if (s->outcome.ending < ENDS_NOW)
		message_trouble(s, m, maildrop_path(&s->drop, m), wrong);
	return wrong == NULL;
}

bool message_locate(const struct maildrop *drop, const struct spool *spool,
		    const struct message *m, struct body *b)
{
	if (m->spool != SPOOL_NONE) {
		b->fd = spool->fd;
		b->path = file_spool_folder();
		return spool_find(spool, m, &b->at, &b->octets);
	}
	b->fd = open_message(drop, m, &b->octets);
	b->at = 0;
	b->path = maildrop_path(drop, m);
	return b->fd >= 0;
}

bool message_unique_id(struct session *s, struct message *m)
{
	char made[LIMIT_UNIQUE_ID], *at = stpcpy(made, "gone.");

	if (!maildrop_needs_body_id(m))
		return true;
	if (!message_fetch(s, m))
		return false;
	/*
	 * It is gone. What it is called then is nobody's in another session,
	 * for a client may remember that it has it.
	 */
	if (maildrop_needs_body_id(m)) {
		at = stpcpy(stpcpy(at, s->id), ".");
		at += number_print((uint64_t)(m - s->drop.messages) + 1, at);
		maildrop_set_uid(&s->drop, m, made, (size_t)(at - made));
	}
	return true;
}
