/* SPDX-License-Identifier: ISC */
#include "protocol/ask.h"

#include <errno.h>
#include <string.h>

#include "os/connection.h"
#include "protocol/said.h"
#include "pure/number.h"

static const char hole[] = "an empty line in a body: is its | missing?";

/* A request that is out, while its answer comes. */
struct question {
	struct channel *b;
	enum wire_verb verb;
	const struct sink *sink;
	struct answer *a;
	unsigned watch; /* IO_GONE where a client that is gone ends the wait */
	int64_t waits_ms; /* of its `wait` lines, in sum */
	bool expected; /* nothing was read: it would be in vain without a wait */
	bool details; /* there were some */
	bool lists; /* since the last read there was a message */
	bool in_line; /* inside a `|` line */
	bool barred; /* there was one */
	bool gap; /* ... or an empty line */
};

/* Extends the deadline, never shortens it. */
static void extend(struct channel *b, int64_t by_ms, bool body)
{
	int64_t at = io_now() + by_ms;
	const int64_t last = b->started_at + (int64_t)LIMIT_WAIT_SUM * 1000;

	/* Only a body may go on for ever. */
	if (!body && at > last)
		at = last;
	if (at > b->io->backend_at)
		b->io->backend_at = at;
}

static const char *on_wait(struct question *q, const struct wire_field *f)
{
	uint64_t seconds;

	if (!number_parse(f->data, f->len, &seconds) || seconds > LIMIT_WAIT)
		return "wait for more than 600 s, or for no number";
	q->waits_ms += (int64_t)seconds * 1000;
	if (q->waits_ms > (int64_t)LIMIT_WAIT_SUM * 1000)
		return "waits for more than 1800 s in sum";
	extend(q->b, (int64_t)seconds * 1000, q->a->multi);
	return NULL;
}

/* `body`, which a line of a mail may be as well. */
static const char *on_body(const struct question *q, const struct wire_line *l)
{
	const char *const wrong = answer_take(q->a, l);

	if (wrong != NULL)
		return wrong;
	if (q->gap)
		return hole;
	return q->barred ? "body after a | line: is its | missing?" : NULL;
}

/* A detail line into the answer, or on to the sink. */
static enum ask_verdict detail(struct question *q, const struct wire_line *l,
			       const char **wrong)
{
	switch (l->word) {
	case WIRE_WAIT:
		*wrong = on_wait(q, &l->field[0]);
		break;
	case WIRE_LOG:
		*wrong = stderr_detail(&q->b->log, l);
		break;
	case WIRE_BODY:
		*wrong = on_body(q, l);
		break;
	case WIRE_CLOSE:
	case WIRE_FILE:
	case WIRE_TEMP_FILE:
	case WIRE_PART:
	case WIRE_STATE:
	case WIRE_USER:
	case WIRE_NEXT:
	case WIRE_ARG:
		*wrong = answer_take(q->a, l);
		break;
	default:
		q->lists |= l->word == WIRE_MSG;
		return q->sink->detail(q->sink->arg, q->verb, l, wrong);
	}
	return *wrong == NULL ? ASK_MORE : ASK_FAULT;
}

static enum ask_verdict fail(struct channel *b, const char *what,
			     const char *seen, size_t len)
{
	channel_see(b, seen, len);
	channel_fail(b, what);
	return ASK_FAULT;
}

/* The result: the last line of an answer. */
static enum ask_verdict result(struct question *q, const struct wire_line *l,
			       const char *line, size_t len)
{
	if (l->word == WIRE_DEFAULT && q->details)
		return fail(q->b, "details before DEFAULT", line, len);
	answer_result(q->a, l);
	channel_see(q->b, line, len);
	return ASK_ANSWERED;
}

/* One whole line that is no `|` line. */
static enum ask_verdict on_line(struct question *q, const char *line,
				size_t len)
{
	struct wire_line l;
	const char *wrong = wire_parse(&l, q->verb, line, len);
	enum ask_verdict verdict = wrong == NULL ? ASK_MORE : ASK_FAULT;

	said_line(q->b, wrong == NULL, line, len);
	if (wrong == NULL && l.word < WIRE_RESULTS)
		return result(q, &l, line, len);
	q->gap |= len == 0;
	if (wrong == NULL && l.word != WIRE_EMPTY) {
		/* What was given already: nothing is lost with it. */
		q->details |= l.word != WIRE_WAIT && l.word != WIRE_LOG;
		verdict = detail(q, &l, &wrong);
	}
	if (verdict == ASK_FAULT)
		return fail(q->b, wrong, line, len);
	if (verdict == ASK_MORE)
		channel_count(q->b, line, len);
	return verdict;
}

/* The `|` that begins a line of a body. */
static enum ask_verdict on_bar(struct question *q, const char *line, size_t len)
{
	if (!wire_may_have_body(q->verb))
		return fail(q->b, "line not allowed here", line, len);
	if (q->a->path_len > 0)
		return fail(q->b, "two kinds of body", line, len);
	if (q->gap)
		return fail(q->b, hole, line, len);
	q->a->multi = q->details = q->in_line = q->barred = true;
	channel_count(q->b, line, len);
	said_bar(q->b, line, len);
	return ASK_MORE;
}

/* What is held, until a verdict, or there is no whole line. */
static enum ask_verdict consume(struct question *q)
{
	struct channel *const b = q->b;
	enum ask_verdict verdict = ASK_MORE;

	while (verdict == ASK_MORE && b->start < b->end) {
		const char *const from = b->data + b->start;
		const char *const lf =
			memchr(b->data + b->scan, '\n', b->end - b->scan);
		size_t len = (lf != NULL ? (size_t)(lf - b->data) : b->end) -
			     b->start;

		if (!q->in_line && *from == '|') {
			verdict = on_bar(q, from, len);
			b->scan = ++b->start;
		} else if (q->in_line) {
			/* The LF belongs to the body. */
			q->in_line = lf == NULL;
			len += lf != NULL;
			b->scan = b->start += len;
			said_body(b, from, len);
			q->sink->body(q->sink->arg, from, len);
			extend(b, b->timeout_ms, true);
		} else if (len >= LIMIT_REPLY_LINE) {
			return fail(b, "line too long", from, len);
		} else if (lf == NULL) {
			b->scan = b->end;
			return ASK_MORE;
		} else {
			b->scan = b->start += len + 1;
			verdict = on_line(q, from, len);
		}
	}
	return verdict;
}

/*
 * After a wait for the backend: whether the session ends, or a fault, for it had
 * its time and did not do what it should.
 */
static enum ask_verdict waited(struct question *q, unsigned events,
			       const char *what)
{
	const unsigned ready = IO_REPLY | IO_REQUEST;
	struct channel *const b = q->b;

	events &= ~(IO_GONE & ~q->watch);
	if (io_waited(b->io, &b->child, events))
		return ASK_OVER;
	if ((events & IO_BACKEND) == 0 || (events & ready) != 0)
		return ASK_MORE;
	return fail(b, what, b->data + b->start, b->end - b->start);
}

/* Reads on: ASK_MORE where there is more to consume. */
static enum ask_verdict read_more(struct question *q)
{
	static const char silent[] = "no result before its deadline";
	struct channel *const b = q->b;
	struct io *const io = b->io;
	enum ask_verdict verdict;

	if (q->lists)
		extend(b, b->timeout_ms, false);
	q->lists = false;
	if (io->gone && !io->critical)
		return ASK_OVER;
	/* One that never stops talking lets us never wait. */
	verdict = waited(q, io_look(io), silent);
	if (b->start > 0 && verdict == ASK_MORE) {
		memmove(b->data, b->data + b->start, b->end - b->start);
		b->end -= b->start;
		b->scan -= b->start;
		b->start = 0;
	}
	while (verdict == ASK_MORE) {
		const bool exited = b->child.exited;
		const bool early = q->expected && !exited;
		const ssize_t n =
			early ? -EAGAIN
			      : channel_read(b, b->data + b->end,
					     sizeof(b->data) - b->end);

		q->expected = false;
		if (n > 0) {
			b->end += (size_t)n;
			return ASK_MORE;
		}
		if (n == 0 || exited) {
			channel_see(b, b->data, b->end);
			channel_fail_at_end(b, "closed its output");
			return ASK_FAULT;
		}
		/* The client has what it is to have before we wait. */
		if (io->len > 0)
			io_flush(io);
		verdict =
			waited(q, channel_wait(b, IO_REPLY | q->watch), silent);
	}
	return verdict;
}

/* Writes the request, waiting where the backend's pipe is full. */
static enum ask_verdict write_request(struct question *q, const char *data,
				      size_t n)
{
	enum ask_verdict verdict = ASK_MORE;

	while (n > 0 && verdict == ASK_MORE) {
		const ssize_t sent = channel_write(q->b, data, n);

		if (sent > 0) {
			data += sent;
			n -= (size_t)sent;
			continue;
		}
		if (sent == -EPIPE) {
			channel_fail_at_end(q->b, "closed its input");
			return ASK_FAULT;
		}
		verdict = waited(q, channel_wait(q->b, IO_REQUEST | q->watch),
				 "does not read");
	}
	return verdict;
}

/* Waits for the whole answer, the request being written. */
static enum ask_verdict hear(struct question *q)
{
	struct channel *const b = q->b;
	const struct answer *const a = q->a;
	enum ask_verdict verdict = consume(q);

	while (verdict == ASK_MORE) {
		verdict = read_more(q);
		if (verdict == ASK_MORE)
			verdict = consume(q);
	}
	if (verdict != ASK_ANSWERED)
		return verdict;
	b->asked = false;
	b->greeted = true;
	if (b->start < b->end)
		return fail(b, "output after the result", b->data + b->start,
			    b->end - b->start);
	if ((q->verb == WIRE_RETR || q->verb == WIRE_TOP) &&
	    a->result == WIRE_OK && !a->multi && a->path_len == 0) {
		channel_fail(b, "OK without a body");
		return ASK_FAULT;
	}
	return ASK_ANSWERED;
}

/* What a backend leaves to us for good. */
static bool left_for_good(enum wire_verb verb)
{
	return verb == WIRE_TOP || verb == WIRE_SENT || verb == WIRE_DELE ||
	       verb == WIRE_RSET || verb == WIRE_EXPUNGE;
}

/* Those whose TEMP no other line of the log tells. */
static bool told_here(enum wire_verb verb)
{
	return verb == WIRE_RETR || verb == WIRE_TOP || verb == WIRE_DELE ||
	       verb == WIRE_RSET || verb == WIRE_NAME;
}

bool ask_defaulted(const struct channel *b, enum wire_verb verb)
{
	return (b->defaulted & 1u << verb) != 0;
}

enum ask_verdict ask(struct channel *b, enum wire_verb verb, const char *name,
		     const struct wire_field *fields, size_t count, bool secret,
		     const struct sink *sink, struct answer *a)
{
	struct question q = {
		.b = b, .verb = verb, .sink = sink, .a = a, .expected = true
	};
	char *const request = b->data;
	enum ask_verdict verdict;
	ssize_t n;

	answer_start(a);
	if (ask_defaulted(b, verb))
		return ASK_ANSWERED;
	n = wire_request(request, verb, name, fields, count);
	if (n < 0)
		return ASK_INVALID;
	a->result = WIRE_TEMP;
	if (!b->up || channel_look(b) != NULL)
		return ASK_FAULT;
	b->asked = true;
	b->from = (struct local_sender){ true, true };
	channel_name(b, verb, name, fields);
	b->secret = secret;
	b->logged = b->log.lines;
	/*
	 * Of what only the client wants. A login is judged, and delayed, and
	 * what changes something is done, whether or not it is there.
	 */
	if (verb == WIRE_LIST || verb == WIRE_RETR || verb == WIRE_TOP)
		q.watch = IO_GONE;
	b->waited_ms = 0;
	b->started_at = io_now();
	b->io->backend_at = b->started_at + b->timeout_ms;
	said_request(b, (size_t)n);
	verdict = write_request(&q, request, (size_t)n);
	if (secret)
		explicit_bzero(request, (size_t)n);
	if (verdict == ASK_MORE)
		verdict = hear(&q);
	b->io->backend_at = 0;
	/* That a fault took long is told with it. */
	if (verdict != ASK_FAULT)
		channel_slow(b);
	if (verdict == ASK_ANSWERED && a->result == WIRE_TEMP &&
	    told_here(verb))
		channel_temp(b, a->text, a->text_len);
	if (verdict == ASK_ANSWERED && a->result == WIRE_DEFAULT &&
	    left_for_good(verb))
		b->defaulted |= 1u << verb;
	return verdict;
}
