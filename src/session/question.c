/* SPDX-License-Identifier: ISC */
#include "session/question.h"

#include <string.h>

#include "os/log.h"
#include "pure/number.h"
#include "session/details.h"

/* The one line about a fault, and what becomes of the session. */
static void fault(struct session *s)
{
	const struct fault *const f = &s->backend.fault;
	const struct process *const child = &s->backend.child;
	struct log_line l;

	coprocess_hear(&s->backend);
	log_start(&l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "request", f->request);
	log_text(&l, "what", f->what);
	if (f->seen_len > 0)
		log_octets(&l, "seen", f->seen, f->seen_len);
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
	s->trouble = true;
	if (s->options->keep_going && s->state == TRANSACTION)
		return;
	session_over(s, "fault");
}

void session_fault(struct session *s, const char *what)
{
	coprocess_fail(&s->backend, what);
	fault(s);
}

void session_look(struct session *s)
{
	if (backend_look(&s->backend) != NULL)
		fault(s);
}

void session_stop(struct session *s)
{
	const struct coprocess *const b = &s->backend;
	struct log_line l;

	if (coprocess_stop(&s->backend) != NULL)
		fault(s);
	if (!b->late)
		return;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "the backend did not end with its input");
	log_end(&l);
}

/* A lock is another's. */
static void busy(struct session *s)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "in use");
	log_end(&l);
	reply_err(&s->reply, "IN-USE", "the maildrop is in use");
	session_over(s, "in use");
}

bool session_ask(struct session *s, enum wire_verb verb, const char *name,
		 const struct wire_field *fields, size_t count, bool secret)
{
	const struct backend_taker taker = { s, details_take, details_body };
	const struct terms terms = s->terms;
	const unsigned locks = s->lock_count;
	enum backend_verdict verdict;
	bool ok;

	if (!s->backend.up) {
		reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
		return false;
	}
	verdict = backend_ask(&s->backend, verb, name, fields, count, secret,
			      &taker, &s->answer);
	ok = verdict == BACKEND_ANSWERED && s->answer.result == WIRE_OK;
	if (!ok) {
		s->terms = terms;
		details_unlock(s, locks);
	} else if (verb <= WIRE_MORE) {
		details_settle(s);
	}
	switch (verdict) {
	case BACKEND_ANSWERED:
		if (s->answer.close)
			session_over(s, "closed by the backend");
		return true;
	case BACKEND_FAULT:
		fault(s);
		return false;
	case BACKEND_INVALID:
		log_once(&s->noted_long, "note", "what",
			 "too long for a request to the backend");
		s->errors++;
		reply_err(&s->reply, NULL, "invalid argument");
		return false;
	case BACKEND_OVER:
		break;
	}
	/* It may have been no. */
	if (secret && s->state == AUTHORIZATION && !s->answer.busy)
		session_owe(s);
	if (s->answer.busy)
		busy(s);
	else
		session_over_outside(s);
	return false;
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
