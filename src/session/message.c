/* SPDX-License-Identifier: ISC */
#include "session/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "pure/number.h"

static const struct wire_field absent = { NULL, 0 };

const char message_shrunk[] = "it became shorter";
static const char beyond[] = "it ends before the part does";
const char message_replaced[] = "it is not there any more";

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

/* Makes a body, whose file is open, the part that was named: whether it is one. */
static bool cut_part(struct body *b, const struct answer *a)
{
	b->part = true;
	b->length = b->octets;
	b->at = a->at;
	b->octets = a->octets;
	return a->at + a->octets <= b->length;
}

bool message_open_answer(struct session *s, struct message *m, struct body *b)
{
	const struct answer *const a = &s->answer;
	const char *wrong = NULL;
	int error;

	if (session_root(s)) {
		session_fault(s, "a file before become");
		return false;
	}
	/* Whoever may not remove a file does not have us do it. */
	if (a->temp && s->backend.resident && !s->backend.from.ours) {
		session_fault(s, "temp by who is neither root nor we");
		return false;
	}
	*b = (struct body){ .path = a->path };
	b->fd = error = file_open(a->path, &b->octets);
	if (error >= 0 && a->temp)
		error = file_unlink_temp(b->fd, a->path);
	if (error < 0)
		wrong = strerror(-error);
	else if (a->part && !cut_part(b, a))
		wrong = beyond;
	if (wrong == NULL)
		return true;
	if (b->fd >= 0)
		close(b->fd);
	message_trouble(s, m, a->path, wrong);
	/* It is no message that is said to be there. */
	if (m == NULL && error == -ENOENT)
		s->reply.code = NULL;
	return false;
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

const char *message_read(int fd, char *to, size_t n, uint64_t at)
{
	const ssize_t got = file_read(fd, to, n, at);

	if (got == (ssize_t)n)
		return NULL;
	return got < 0 ? strerror((int)-got) : message_shrunk;
}

const char *message_stayed(const struct body *b)
{
	if (!b->part)
		return NULL;
	if (file_length(b->fd) < b->length)
		return message_shrunk;
	return file_is(b->fd, b->path) ? NULL : message_replaced;
}

/*
 * Reads a file to the end that it had when it was opened, or a part of it:
 * counts its octets, as POP3 does, or copies it into the spool where there is
 * no count. NULL, or what went wrong.
 */
static const char *take_file(struct session *s, struct body *b,
			     struct dot_count *count)
{
	char *const data = s->scratch;
	const char *error = NULL;

	while (b->octets > 0 && error == NULL) {
		const size_t n = b->octets < sizeof(s->scratch)
					 ? (size_t)b->octets
					 : sizeof(s->scratch);

		error = stopped(s) ? "terminated"
				   : message_read(b->fd, data, n, b->at);
		if (error != NULL)
			break;
		if (count != NULL)
			dot_count(count, data, n);
		else
			spool_add(&s->spool, data, n);
		b->at += n;
		b->octets -= n;
	}
	if (error == NULL)
		error = message_stayed(b);
	b->fresh = count != NULL && !file_settled(b->fd, LIMIT_SETTLED_S);
	close(b->fd);
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
	struct body b;
	int error;

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
		if (!message_open_answer(s, m, &b))
			return false;
		/* The backend may put the next message into the same file. */
		wrong = take_file(s, &b, NULL);
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
	struct body b = { .at = 0 };
	const char *wrong;

	if (m->octets != OCTETS_UNKNOWN)
		return true;
	b.fd = open_message(&s->drop, m, &b.octets);
	if (b.fd < 0)
		return message_fetch(s, m);
	wrong = take_file(s, &b, &count);
	if (wrong == NULL)
		maildrop_counted(m, dot_octets(&count), b.fresh);
	else if (s->outcome.ending < ENDS_NOW)
		message_trouble(s, m, maildrop_path(&s->drop, m), wrong);
	return wrong == NULL;
}

bool message_locate(const struct maildrop *drop, const struct spool *spool,
		    const struct message *m, struct body *b)
{
	b->part = false;
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
