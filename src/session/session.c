/* SPDX-License-Identifier: ISC */
#include "session/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "maildrop/unique-id.h"
#include "os/become.h"
#include "os/log.h"
#include "pure/number.h"

bool session_root(const struct session *s)
{
	return !s->options->allow_root && geteuid() == 0;
}

/* What is over stays over. */
static void end(struct session *s, enum ending ending, const char *why)
{
	struct outcome *const o = &s->outcome;

	if (o->why[0] == '\0')
		snprintf(o->why, sizeof(o->why), "%s", why);
	if (o->ending < ending)
		o->ending = ending;
}

void session_over(struct session *s, const char *why)
{
	end(s, ENDS, why);
}

void session_over_now(struct session *s, const char *why)
{
	end(s, ENDS_NOW, why);
}

void session_over_time(struct session *s, const char *what, int64_t ms)
{
	char why[sizeof(s->outcome.why)];

	snprintf(why, sizeof(why), "%s %llu s", what,
		 (unsigned long long)(ms / 1000));
	session_over_now(s, why);
}

void session_over_outside(struct session *s)
{
	const struct io *const io = &s->io;

	if (io->login_at > 0 && io_now() >= io->login_at)
		session_over_time(s, "not logged in after",
				  (int64_t)s->options->login_timeout * 1000);
	else if (io->gone_by & IO_IDLE)
		session_over_time(s, "client stopped reading for", io->idle_ms);
	else if (io->failed > LIMIT_BLIND)
		session_over_now(s, "the system cannot poll");
	else if (io->gone && (io->gone_by & IO_TERM) == 0)
		session_over_now(s, "client gone");
	else
		session_over_now(s, "terminated");
	s->outcome.trouble |= io->failed > LIMIT_BLIND;
}

void session_owe(struct session *s)
{
	int64_t ms = (int64_t)s->options->auth_delay * 1000;

	if (ms < LIMIT_AUTH_DELAY_MIN_MS)
		ms = LIMIT_AUTH_DELAY_MIN_MS;
	s->login.owed_until = io_now() + ms;
}

void session_log_message(struct session *s, struct log_line *l,
			 const struct message *m)
{
	char made[LIMIT_UNIQUE_ID];
	size_t len;
	const char *uid = maildrop_given_uid(&s->drop, m, &len);

	if (m->dash) {
		len = maildrop_unique_id(&s->drop, m, made);
		uid = made;
	}
	log_number(l, "number", (uint64_t)(m - s->drop.messages) + 1);
	log_octets(l, "uid", uid, len);
}

/* The one line about a fault, and what becomes of the session. */
static void fault(struct session *s)
{
	const struct fault *const f = &s->backend.fault;
	const struct process *const child = &s->backend.child;
	struct log_line l;

	channel_hear(&s->backend);
	log_start(&l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "request", f->request);
	log_text(&l, "what", f->what);
	if (f->seen_len > 0)
		log_octets(&l, "seen", f->seen, f->seen_len);
	if (f->error != NULL)
		log_text(&l, "error", f->error);
	/* Where its result came nothing is missing. */
	if (s->backend.asked)
		log_number(&l, "lines", f->lines);
	if (s->backend.asked && f->lines > 0)
		log_octets(&l, "last", f->last, f->last_len);
	if (f->seconds > 0)
		log_number(&l, "seconds", f->seconds);
	if (child->exited)
		log_number(&l, child->signalled ? "signal" : "status",
			   (uint64_t)child->status);
	log_end(&l);
	reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
	if (s->options->reveal_errors)
		reply_err(&s->reply, "SYS/TEMP", f->what);
	s->outcome.trouble = true;
	if (s->options->keep_going && s->state == TRANSACTION)
		return;
	session_over(s, "fault");
}

void session_fault(struct session *s, const char *what)
{
	channel_fail(&s->backend, what);
	fault(s);
}

/*
 * Whether the backend is still there and silent, as it must be while nothing is
 * asked; a fault where it is not.
 */
static void look(struct session *s)
{
	if (channel_look(&s->backend) != NULL)
		fault(s);
}

bool session_waited(struct session *s, unsigned events)
{
	const bool ends = io_waited(&s->io, &s->backend.child, events);

	if (ends)
		session_over_outside(s);
	else if (events & (IO_REPLY | IO_CHILD))
		look(s);
	return ends;
}

void session_stop(struct session *s)
{
	const struct channel *const b = &s->backend;
	struct log_line l;

	if (channel_stop(&s->backend) != NULL)
		fault(s);
	if (!b->late)
		return;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "the backend did not end with its input");
	log_end(&l);
}

/* A lock is another's. */
static void busy(struct session *s, const char *path)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "in use");
	log_text(&l, "path", path);
	log_end(&l);
	reply_err(&s->reply, "IN-USE", "the maildrop is in use");
	session_over(s, "in use");
}

/* ... or cannot be had at all, and the fault has no path. */
static void log_lock(const char *path, const char *error)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_ERROR, "note");
	log_text(&l, "what", "a lock cannot be had");
	log_text(&l, "path", path);
	log_text(&l, "error", error);
	log_end(&l);
}

/* `lock PATH`: taken from the moment the line is read. */
static enum ask_verdict take_lock(struct session *s, enum wire_verb verb,
				  const struct wire_field *f,
				  const char **wrong)
{
	/* The messages of a list would be of before the wait. */
	const int64_t wait_ms =
		verb != WIRE_LIST ? (int64_t)s->options->lock_wait * 1000 : 0;
	char *const path = s->answer.text; /* its result is still to come */
	int error;

	*wrong = NULL;
	if (verb == WIRE_HELLO && s->options->preauth == NULL && !s->login.next)
		*wrong = "line not allowed here";
	else if (verb == WIRE_LIST && s->drop.count > 0)
		*wrong = "lock after the first msg";
	else if (f->len == 0 || f->data[0] != '/')
		*wrong = "path not absolute";
	else if (f->len >= LIMIT_PATH)
		*wrong = "path too long";
	/* Else root would make a file wherever it is told to. */
	else if (session_root(s))
		*wrong = "lock before become";
	if (*wrong != NULL)
		return ASK_FAULT;
	memcpy(path, f->data, f->len);
	path[f->len] = '\0';
	error = lock_take(&s->locks, path, wait_ms, &s->io, &s->backend.child);
	if (error == 0)
		return ASK_MORE;
	if (error == -ECANCELED)
		return ASK_OVER;
	if (error == -EWOULDBLOCK) {
		busy(s, path);
		return ASK_BUSY;
	}
	*wrong = lock_wrong(error, &s->backend.fault.error);
	if (s->backend.fault.error != NULL)
		log_lock(path, s->backend.fault.error);
	return ASK_FAULT;
}

/* NULL, or why not. */
static const char *become(struct session *s, uint64_t uid, uint64_t gid)
{
	if (uid == 0 || gid == 0 || uid >= UINT32_MAX || gid >= UINT32_MAX)
		return "become nobody who may be";
	if (s->login.became)
		return "a second become";
	/* Whoever wrote this line is who must have the right to say it. */
	if (s->backend.resident && !s->backend.from.root)
		return "become by who is not root";
	if (geteuid() != 0)
		return NULL;
	if (uid < s->options->become_uid || gid < s->options->become_gid)
		return "become below --become-min";
	if (s->locks.count > 0)
		return "lock before become";
	if (!become_user((uid_t)uid, (gid_t)gid))
		return "cannot become; see become.conf in pop3-skel-accept(8)";
	s->login.became = true;
	return NULL;
}

/*
 * `become UID GID`: taken only while we are root, and once. Groups, gid and uid
 * go for good, before the list and any open.
 */
static const char *take_become(struct session *s, const struct wire_line *l)
{
	const char *wrong = "become nobody who may be";
	uint64_t uid, gid;

	if (number_parse(l->field[0].data, l->field[0].len, &uid) &&
	    number_parse(l->field[1].data, l->field[1].len, &gid)) {
		wrong = become(s, uid, gid);
		/* Who is to read of it needs its numbers, and it has no more. */
		s->backend.secret &= wrong == NULL;
	}
	return wrong;
}

/* What the detail lines of an answer do to the session. */
static enum ask_verdict take_detail(void *arg, enum wire_verb verb,
				    const struct wire_line *l,
				    const char **wrong)
{
	struct session *const s = arg;

	switch (l->word) {
	case WIRE_LOCK:
		return take_lock(s, verb, &l->field[0], wrong);
	case WIRE_MSG:
		*wrong = maildrop_take(&s->drop, l);
		break;
	case WIRE_BECOME:
		*wrong = take_become(s, l);
		break;
	default:
		*wrong = offers_take(&s->offers, &s->terms, l);
		break;
	}
	return *wrong == NULL ? ASK_MORE : ASK_FAULT;
}

static void take_body(void *arg, const char *data, size_t n)
{
	struct session *const s = arg;

	s->take(s, data, n);
}

void session_settle(struct session *s)
{
	s->io.idle_ms = s->terms.idle_ms;
	io_active(&s->io);
}

bool session_ask(struct session *s, enum wire_verb verb, const char *name,
		 const struct wire_field *fields, size_t count, bool secret)
{
	const struct sink sink = { s, take_detail, take_body };
	const struct terms terms = s->terms;
	const unsigned locks = s->locks.count;
	enum ask_verdict verdict;
	bool ok;

	if (!s->backend.up) {
		reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
		return false;
	}
	s->client.secret |= secret;
	verdict = ask(&s->backend, verb, name, fields, count, secret, &sink,
		      &s->answer);
	ok = verdict == ASK_ANSWERED && s->answer.result == WIRE_OK;
	if (!ok) {
		s->terms = terms;
		lock_free(&s->locks, locks);
	} else if (verb <= WIRE_MORE) {
		session_settle(s);
	}
	switch (verdict) {
	case ASK_ANSWERED:
		if (s->answer.close)
			session_over(s, "closed by the backend");
		return true;
	case ASK_FAULT:
		fault(s);
		return false;
	case ASK_INVALID:
		log_once(&s->client.noted, "note", "what",
			 "too long for a request to the backend");
		s->client.errors++;
		reply_err(&s->reply, NULL, "invalid argument");
		return false;
	case ASK_BUSY:
		return false;
	default:
		/* It may have been no. */
		if (secret && s->state == AUTHORIZATION)
			session_owe(s);
		session_over_outside(s);
		return false;
	}
}

bool session_ask_message(struct session *s, enum wire_verb verb,
			 const struct message *m, struct wire_field more)
{
	char digits[20];
	size_t len;
	const char *const uid = maildrop_given_uid(&s->drop, m, &len);
	const struct wire_field fields[] = {
		{ digits,
		  number_print((uint64_t)(m - s->drop.messages) + 1, digits) },
		{ uid, len },
		more,
	};

	return session_ask(s, verb, NULL, fields, 3, false);
}

bool session_tell(struct session *s, enum wire_verb verb,
		  const struct wire_field *field, int64_t ms)
{
	const struct sink sink = { s, take_detail, take_body };
	enum ask_verdict verdict;

	s->backend.timeout_ms = ms;
	verdict = ask(&s->backend, verb, NULL, field, 1, false, &sink,
		      &s->answer);
	if (verdict == ASK_FAULT && s->backend.fault.seen_len > 0)
		fault(s);
	return verdict == ASK_ANSWERED && s->answer.result == WIRE_OK;
}

void session_answer(struct session *s, const char *ok, const char *code,
		    const char *err)
{
	const struct answer *const a = &s->answer;

	if (a->result == WIRE_OK)
		reply_ok(&s->reply, ok);
	else if (a->result == WIRE_TEMP)
		reply_err(&s->reply, "SYS/TEMP", "try again later");
	else
		reply_err(&s->reply, code, err);
	reply_text(&s->reply, a->text, a->text_len);
}
