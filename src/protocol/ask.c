/* SPDX-License-Identifier: ISC */
#include "protocol/ask.h"

#include <errno.h>
#include <string.h>

#include "os/connection.h"
#include "pure/number.h"

const char backend_busy[] = "lock is busy";
const char backend_over[] = "lock was waited for";

static const char hole[] = "an empty line in a body: is its | missing?";

const char *backend_look(struct coprocess *b)
{
	char data[LIMIT_QUOTE];
	ssize_t n;

	if (!b->up)
		return NULL;
	b->fault.seen_len = 0;
	n = channel_read(b->io, data, sizeof(data));
	if (n == -EAGAIN && !b->child.exited)
		return NULL;
	if (n > 0) {
		coprocess_see(b, data, (size_t)n);
		coprocess_fail(b, "output without a question");
	} else {
		coprocess_fail_at_end(b, "closed its output between requests");
	}
	return b->fault.what;
}

/* Extends the deadline, never shortens it. */
static void extend(struct coprocess *b, int64_t by_ms, bool body)
{
	int64_t at = io_now() + by_ms;
	const int64_t last = b->started_at + (int64_t)LIMIT_WAIT_SUM * 1000;

	/* Only a body may go on for ever. */
	if (!body && at > last)
		at = last;
	if (at > b->io->backend_at)
		b->io->backend_at = at;
}

static const char *on_wait(struct coprocess *b, const struct wire_field *f,
			   bool body)
{
	uint64_t seconds;

	if (!number_parse(f->data, f->len, &seconds) || seconds > LIMIT_WAIT)
		return "wait for more than 600 s, or for no number";
	b->waits_ms += (int64_t)seconds * 1000;
	if (b->waits_ms > (int64_t)LIMIT_WAIT_SUM * 1000)
		return "waits for more than 1800 s in sum";
	extend(b, (int64_t)seconds * 1000, body);
	return NULL;
}

static const char *on_path(struct answer *a, const struct wire_line *l)
{
	const struct wire_field *const f = &l->field[0];

	if (a->multi || a->path_len > 0)
		return "two kinds of body";
	if (f->len == 0 || f->data[0] != '/')
		return "path not absolute";
	if (f->len >= sizeof(a->path))
		return "path too long";
	memcpy(a->path, f->data, f->len);
	a->path[f->len] = '\0';
	a->path_len = f->len;
	a->temp = l->word == WIRE_TEMP_FILE;
	return NULL;
}

/* A detail line into the answer, or on to the taker. */
static const char *detail(struct coprocess *b, enum wire_verb verb,
			  const struct backend_taker *taker, struct answer *a,
			  const struct wire_line *l)
{
	const struct wire_field *const f = &l->field[0];

	switch (l->word) {
	case WIRE_WAIT:
		return on_wait(b, f, a->multi);
	case WIRE_CLOSE:
		a->close = true;
		return NULL;
	case WIRE_FILE:
	case WIRE_TEMP_FILE:
		return on_path(a, l);
	case WIRE_BODY:
		if (a->path_len > 0)
			return "two kinds of body";
		/* A line of a mail may be this word. */
		if (b->gap)
			return hole;
		if (b->barred)
			return "body after a | line: is its | missing?";
		a->multi = true;
		return NULL;
	case WIRE_STATE:
		a->trans = true;
		return f->len == 5 && memcmp(f->data, "trans", 5) == 0
			       ? NULL
			       : "unknown state";
	case WIRE_USER:
		if (memchr(f->data, ' ', f->len) != NULL)
			return "a user name with a blank";
		if (!wire_user_valid(f->data, f->len, true))
			return "not a user name";
		memcpy(a->user, f->data, f->len);
		a->user_len = f->len;
		return NULL;
	case WIRE_MSG:
		extend(b, b->timeout_ms, false);
		break;
	default:
		break;
	}
	return taker->detail(taker->arg, verb, l);
}

enum step { STEP_MORE, STEP_DONE, STEP_FAULT };

static enum step fail(struct coprocess *b, const char *what, const char *seen,
		      size_t len)
{
	coprocess_see(b, seen, len);
	coprocess_fail(b, what);
	return STEP_FAULT;
}

/*
 * --debug: one line of an answer. Where the request held a secret, a confused
 * backend may say it again: then only the keyword is shown.
 */
static void trace_reply(struct coprocess *b, bool known, const char *line,
			size_t len)
{
	const char *const blank = memchr(line, ' ', len);

	if (b->trace == NULL || len == 0)
		return;
	if (b->secret && !known)
		b->trace(b->trace_arg, '<', "...", 3);
	else if (b->secret && blank != NULL)
		b->trace(b->trace_arg, '<', line, (size_t)(blank - line));
	else
		b->trace(b->trace_arg, '<', line, len);
}

/* One whole line that is no `|` line. */
static enum step on_line(struct coprocess *b, enum wire_verb verb,
			 const struct backend_taker *taker, struct answer *a,
			 bool *details, const char *line, size_t len)
{
	struct wire_line l;
	const char *wrong = wire_parse(&l, verb, line, len);

	trace_reply(b, wrong == NULL, line, len);
	if (wrong == NULL && l.word < WIRE_RESULTS) {
		if (l.word == WIRE_DEFAULT && *details)
			return fail(b, "details before DEFAULT", line, len);
		a->result = l.word;
		a->text_len = l.field[0].len;
		memcpy(a->text, l.field[0].data != NULL ? l.field[0].data : "",
		       a->text_len);
		a->text[a->text_len] = '\0';
		coprocess_see(b, line, len);
		return STEP_DONE;
	}
	b->gap |= len == 0;
	if (wrong == NULL && l.word != WIRE_EMPTY) {
		/* The time was given already: nothing is lost with it. */
		if (l.word != WIRE_WAIT)
			*details = true;
		wrong = detail(b, verb, taker, a, &l);
		a->busy = wrong == backend_busy;
		a->over = wrong == backend_over;
		if (a->busy || a->over)
			return STEP_FAULT;
	}
	if (wrong != NULL)
		return fail(b, wrong, line, len);
	coprocess_count(b, line, len);
	return STEP_MORE;
}

/* What is held, until a result, a fault, or there is no whole line. */
static enum step consume(struct coprocess *b, enum wire_verb verb,
			 const struct backend_taker *taker, struct answer *a,
			 bool *details)
{
	while (b->start < b->end) {
		const char *const from = b->data + b->start;
		const char *const lf =
			memchr(b->data + b->scan, '\n', b->end - b->scan);
		size_t len = (lf != NULL ? (size_t)(lf - b->data) : b->end) -
			     b->start;
		enum step step;

		if (!b->in_line && *from == '|') {
			if (!wire_may_have_body(verb))
				return fail(b, "line not allowed here", from,
					    len);
			if (a->path_len > 0)
				return fail(b, "two kinds of body", from, len);
			if (b->gap)
				return fail(b, hole, from, len);
			a->multi = *details = b->in_line = b->barred = true;
			coprocess_count(b, from, len);
			trace_reply(b, true, from, b->secret ? 1 : len);
			b->scan = ++b->start;
			continue;
		}
		if (b->in_line) {
			/* The LF belongs to the body. */
			b->in_line = lf == NULL;
			len += lf != NULL;
			b->scan = b->start += len;
			taker->body(taker->arg, from, len);
			extend(b, b->timeout_ms, true);
			continue;
		}
		if (len >= LIMIT_REPLY_LINE)
			return fail(b, "line too long", from, len);
		if (lf == NULL) {
			b->scan = b->end;
			return STEP_MORE;
		}
		b->scan = b->start += len + 1;
		step = on_line(b, verb, taker, a, details, from, len);
		if (step != STEP_MORE)
			return step;
	}
	return STEP_MORE;
}

/*
 * Whether the wait for the backend ends: because the session does, which sets
 * *over, or by a fault, for it had its time and did not do what it should.
 */
static bool waited_out(struct coprocess *b, unsigned events, const char *what,
		       bool *over)
{
	const unsigned ready = IO_REPLY | IO_REQUEST;

	events &= ~(IO_GONE & ~b->watch);
	if (events & IO_CHILD)
		process_exited(&b->child);
	b->io->gone |= (events & IO_GONE) != 0;
	*over = (events & (IO_LOGIN | IO_TERM | IO_GONE)) != 0;
	if (*over || (events & IO_BACKEND) == 0 || (events & ready) != 0)
		return *over;
	coprocess_see(b, b->data + b->start, b->end - b->start);
	coprocess_fail(b, what);
	return true;
}

/* Reads on: STEP_DONE where there is more to consume. */
static enum step read_more(struct coprocess *b, bool *over)
{
	static const char silent[] = "no result before its deadline";
	struct io *const io = b->io;

	*over = io->gone && !io->critical;
	/* One that never stops talking lets us never wait. */
	if (*over || waited_out(b, io_look(io), silent, over))
		return STEP_FAULT;
	if (b->start > 0) {
		memmove(b->data, b->data + b->start, b->end - b->start);
		b->end -= b->start;
		b->scan -= b->start;
		b->start = 0;
	}
	for (;;) {
		const bool exited = b->child.exited;
		const ssize_t n = channel_read(io, b->data + b->end,
					       sizeof(b->data) - b->end);

		if (n > 0) {
			b->end += (size_t)n;
			return STEP_DONE;
		}
		if (n == 0 || exited) {
			coprocess_see(b, b->data, b->end);
			coprocess_fail_at_end(b, "closed its output");
			return STEP_FAULT;
		}
		/* The client has what it is to have before we wait. */
		if (io->len > 0)
			io_flush(io);
		if (waited_out(b, io_wait(io, IO_REPLY | b->watch), silent,
			       over))
			return STEP_FAULT;
	}
}

/* Writes the request, waiting where the backend's pipe is full. */
static enum step write_request(struct coprocess *b, const char *data, size_t n,
			       bool *over)
{
	struct io *const io = b->io;

	while (n > 0) {
		const ssize_t sent = channel_write(io, data, n);

		if (sent > 0) {
			data += sent;
			n -= (size_t)sent;
			continue;
		}
		if (sent == -EPIPE) {
			coprocess_fail_at_end(b, "closed its input");
			return STEP_FAULT;
		}
		if (waited_out(b, io_wait(io, IO_REQUEST | b->watch),
			       "does not read", over))
			return STEP_FAULT;
	}
	return STEP_DONE;
}

/* "retr 3", "login", "XFOO": which request, in the log; no client text. */
static void name_request(struct fault *f, enum wire_verb verb, const char *name,
			 const struct wire_field *fields)
{
	const char *const word = name != NULL ? name : wire_verb_name(verb);
	size_t n = strlen(word);

	f->seen_len = 0;
	f->lines = 0;
	memcpy(f->request, word, n);
	if (verb == WIRE_RETR || verb == WIRE_TOP || verb == WIRE_DELE ||
	    verb == WIRE_EXPUNGE || verb == WIRE_COMMIT) {
		f->request[n++] = ' ';
		memcpy(f->request + n, fields[0].data, fields[0].len);
		n += fields[0].len;
	}
	f->request[n] = '\0';
}

enum backend_verdict backend_ask(struct coprocess *b, enum wire_verb verb,
				 const char *name,
				 const struct wire_field *fields, size_t count,
				 bool secret, const struct backend_taker *taker,
				 struct answer *a)
{
	char *const request = b->request;
	const ssize_t n = wire_request(request, verb, name, fields, count);
	bool details = false, over = false;
	enum step step;

	if (n < 0)
		return BACKEND_INVALID;
	a->close = a->trans = a->multi = a->temp = a->busy = a->over = false;
	a->user_len = a->text_len = a->path_len = 0;
	a->result = WIRE_TEMP;
	if (!b->up || backend_look(b) != NULL)
		return BACKEND_FAULT;
	b->asked = true;
	name_request(&b->fault, verb, name, fields);
	b->secret = secret;
	b->gap = b->barred = false;
	/*
	 * Of what only the client wants. A login is judged, and delayed, and
	 * what changes something is done, whether or not it is there.
	 */
	b->watch = verb == WIRE_LIST || verb == WIRE_RETR || verb == WIRE_TOP
			   ? IO_GONE
			   : 0;
	b->waits_ms = 0;
	b->started_at = io_now();
	b->io->backend_at = b->started_at + b->timeout_ms;
	if (b->trace != NULL)
		b->trace(b->trace_arg, '>', secret ? b->fault.request : request,
			 secret ? strlen(b->fault.request) : (size_t)n - 1);
	step = write_request(b, request, (size_t)n, &over);
	if (secret)
		explicit_bzero(request, (size_t)n);
	while (step != STEP_FAULT) {
		step = consume(b, verb, taker, a, &details);
		if (step != STEP_MORE)
			break;
		step = read_more(b, &over);
	}
	b->io->backend_at = 0;
	if (over || a->over || a->busy)
		return BACKEND_OVER;
	if (step == STEP_FAULT)
		return BACKEND_FAULT;
	b->asked = false;
	b->greeted = true;
	if (b->start < b->end) {
		fail(b, "output after the result", b->data + b->start,
		     b->end - b->start);
		return BACKEND_FAULT;
	}
	if ((verb == WIRE_RETR || verb == WIRE_TOP) && a->result == WIRE_OK &&
	    !a->multi && a->path_len == 0) {
		coprocess_fail(b, "OK without a body");
		return BACKEND_FAULT;
	}
	return BACKEND_ANSWERED;
}
