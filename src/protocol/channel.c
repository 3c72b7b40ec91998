/* SPDX-License-Identifier: ISC */
#include "protocol/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/log.h"
#include "pure/apart.h"

ssize_t channel_read(struct channel *b, char *to, size_t room)
{
	const int fd = b->io->reply;
	ssize_t n;

	if (b->resident)
		return local_read(fd, to, room, &b->from);
	n = read(fd, to, room);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : 0;
	return n;
}

ssize_t channel_write(struct channel *b, const char *data, size_t n)
{
	const ssize_t sent = write(b->io->request, data, n);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : -EPIPE;
	return sent;
}

static void prepare(struct channel *b, struct io *io, int64_t timeout_ms)
{
	b->io = io;
	b->timeout_ms = timeout_ms;
	b->secret = b->asked = b->late = b->greeted = false;
	b->up = b->resident = false;
	b->defaulted = 0;
	b->started_at = io_now();
	b->start = b->scan = b->end = 0;
	/* What it may say is a session's: a second one has what is left. */
	b->log.len = 0;
	io->relay = stderr_take;
	io->relay_arg = &b->log;
	b->child = (struct process){ 0 };
	b->fault = (struct fault){ .what = NULL, .request = "start" };
}

int channel_start(struct channel *b, struct io *io, char *const argv[],
		  char *const envp[], int64_t timeout_ms)
{
	int error;

	prepare(b, io, timeout_ms);
	error = process_start(&b->child, argv, envp, &io->request, &io->reply,
			      &io->errors);
	b->up = error == 0;
	return error;
}

/* A pause between two tries; whether the session goes on behind it. */
static bool pause_ms(struct channel *b, int64_t ms)
{
	struct io *const io = b->io;
	unsigned events;
	bool over;

	io->pause_at = io_now() + ms;
	do {
		events = io_wait(io, IO_GONE);
		over = io_waited(io, &b->child, events);
	} while (!over && (events & IO_PAUSE) == 0);
	io->pause_at = 0;
	return !over;
}

int channel_connect(struct channel *b, struct io *io, const char *path,
		    int64_t timeout_ms, struct local_doubt *doubt)
{
	int64_t ms = LIMIT_TRY_MS / 10;
	int fd;

	prepare(b, io, timeout_ms);
	while ((fd = local_connect(path, doubt)) < 0) {
		const int64_t spent = io_now() - b->started_at;
		const bool absent = fd == -ENOENT || fd == -ECONNREFUSED;

		if ((!absent || spent >= LIMIT_ABSENT_MS) &&
		    (fd != -EAGAIN || spent >= timeout_ms))
			return fd;
		if (!pause_ms(b, ms))
			return -ECANCELED;
		ms = ms * 2 < LIMIT_TRY_MS ? ms * 2 : LIMIT_TRY_MS;
	}
	/* Two descriptors, for each end is closed by itself. */
	io->request = fd;
	io->reply = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (io->reply < 0) {
		const int error = -errno;

		close(fd);
		io->request = -1;
		return error;
	}
	b->resident = b->up = true;
	return 0;
}

static void close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* No more requests: a pipe is closed, a socket is closed this way alone. */
static void close_input(struct channel *b)
{
	if (b->resident && b->io->request >= 0)
		shutdown(b->io->request, SHUT_WR);
	close_at(&b->io->request);
}

/* What may be shown of data: its octets in `to`. */
static size_t quote(const struct channel *b, char to[LIMIT_QUOTE],
		    const char *data, size_t len)
{
	static const char masked[] = " ...";
	size_t n = b->secret ? wire_keyword(data, len) : len;

	if (n > LIMIT_QUOTE)
		n = LIMIT_QUOTE;
	memcpy(to, data, n);
	if (!b->secret || n == len)
		return n;
	/* A keyword is shorter than a quotation. */
	memcpy(to + n, masked + (n == 0), sizeof(masked) - 1 - (n == 0));
	return n + sizeof(masked) - 1 - (n == 0);
}

void channel_name(struct channel *b, enum wire_verb verb, const char *name,
		  const struct wire_field *fields)
{
	struct fault *const f = &b->fault;
	const char *const word = name != NULL ? name : wire_verb_name(verb);
	size_t n = strlen(word);

	f->seen_len = 0;
	f->error = NULL;
	f->lines = 0;
	memcpy(f->request, word, n);
	if (verb == WIRE_RETR || verb == WIRE_TOP || verb == WIRE_SENT ||
	    verb == WIRE_DELE || verb == WIRE_EXPUNGE || verb == WIRE_COMMIT) {
		f->request[n++] = ' ';
		memcpy(f->request + n, fields[0].data, fields[0].len);
		n += fields[0].len;
	}
	f->request[n] = '\0';
}

void channel_see(struct channel *b, const char *data, size_t len)
{
	b->fault.seen_len = quote(b, b->fault.seen, data, len);
}

void channel_count(struct channel *b, const char *line, size_t len)
{
	b->fault.lines++;
	b->fault.last_len = quote(b, b->fault.last, line, len);
}

void channel_fail(struct channel *b, const char *what)
{
	b->fault.what = what;
	b->fault.seconds = (uint64_t)(io_now() - b->started_at) / 1000;
	b->up = false;
	b->io->backend_at = 0;
	close_input(b);
	/* A resident one says by its own close that it is at nothing more. */
	if (!b->resident)
		close_at(&b->io->reply);
	process_signal(&b->child, SIGTERM);
}

void channel_fail_at_end(struct channel *b, const char *closed)
{
	struct io *const io = b->io;

	io->backend_at = 0;
	io->pause_at = io_now() + 100;
	while (!process_exited(&b->child) && io_wait(io, 0) == IO_CHILD)
		;
	io->pause_at = 0;
	channel_fail(b, !b->child.exited ? closed
			: !b->greeted	 ? "exited before answering hello"
			: b->asked	 ? "exited"
					 : "exited between requests");
}

/* Drops what it still says, for that is nobody's answer; but not unseen. */
APART static void drop_reply(struct channel *b)
{
	char waste[4096];
	const ssize_t n = channel_read(b, waste, sizeof(waste));

	if (n == 0)
		close_at(&b->io->reply);
	if (n <= 0 || !b->up || b->asked)
		return;
	channel_see(b, waste, (size_t)n);
	b->fault.what = "output without a question";
	b->up = false;
}

const char *channel_look(struct channel *b)
{
	char data[LIMIT_QUOTE];
	ssize_t n;

	if (!b->up) {
		drop_reply(b);
		return NULL;
	}
	b->fault.seen_len = 0;
	n = channel_read(b, data, sizeof(data));
	if (n == -EAGAIN && !b->child.exited)
		return NULL;
	if (n > 0) {
		channel_see(b, data, (size_t)n);
		channel_fail(b, "output without a question");
	} else {
		channel_fail_at_end(b, "closed its output between requests");
	}
	return b->fault.what;
}

void channel_hear(struct channel *b)
{
	struct io *const io = b->io;

	io->pause_at = io_now() + LIMIT_HEAR_MS;
	while (io->errors >= 0)
		if ((io_wait(io, IO_ERRORS) & ~(unsigned)IO_CHILD) != 0)
			break;
	io->pause_at = 0;
}

/* Whether there is one to end. */
static bool there(const struct channel *b)
{
	return b->child.pid != 0 || b->resident;
}

unsigned channel_wait(struct channel *b, unsigned want)
{
	const int64_t since = io_now();
	const unsigned events = io_wait(b->io, want);

	b->waited_ms += io_now() - since;
	return events;
}

void channel_slow(const struct channel *b)
{
	struct log_line l;

	if (b->waited_ms <= LIMIT_SLOW_MS)
		return;
	log_start(&l, LOG_PRIORITY_NOTICE, "slow");
	log_text(&l, "request", b->fault.request);
	log_number(&l, "seconds", (uint64_t)b->waited_ms / 1000);
	log_end(&l);
}

void channel_temp(const struct channel *b, const char *text, size_t len)
{
	struct log_line l;

	if (b->log.lines > b->logged && b->log.lines <= LIMIT_LOG_BACKEND)
		return;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a request was answered TEMP");
	log_text(&l, "request", b->fault.request);
	if (len > 0 && !b->secret)
		log_octets(&l, "text", text, len);
	log_end(&l);
}

void channel_hang_up(struct channel *b)
{
	if (there(b))
		close_input(b);
}

static bool held(const struct io *io)
{
	return io->reply >= 0 || io->errors >= 0;
}

/*
 * Waits at most LIMIT_STOP_MS for its exit; with `whole`, also until nobody
 * holds its pipes: what it started, in its group. They end before its exit can
 * be seen, so they come first.
 */
static void wait_end(struct channel *b, bool whole)
{
	struct io *const io = b->io;
	bool more = held(io) || !process_exited(&b->child);

	io->pause_at =
		io_now() + (b->child.exited && !whole ? 0 : LIMIT_STOP_MS);
	while (more) {
		const unsigned events = io_wait(io, IO_REPLY | IO_ERRORS);

		if (events & IO_ENDED)
			close_at(&io->reply);
		else if (events & IO_REPLY)
			drop_reply(b);
		more = (events & IO_PAUSE) == 0 &&
		       ((whole && held(io)) || !process_exited(&b->child));
	}
	io->pause_at = 0;
}

const char *channel_stop(struct channel *b)
{
	struct io *const io = b->io;
	const bool failed = b->fault.what != NULL;

	b->late = false;
	if (!there(b))
		return NULL;
	close_input(b);
	wait_end(b, b->resident);
	b->late = b->resident ? io->reply >= 0 : !b->child.exited;
	if (!b->resident) {
		/* Its number is its own, and its group's, until reaped. */
		if (b->late || held(io)) {
			process_signal(&b->child, SIGTERM);
			wait_end(b, true);
		}
		process_signal(&b->child, SIGKILL);
		process_reap(&b->child);
	}
	close_at(&io->reply);
	close_at(&io->errors);
	b->up = false;
	return failed ? NULL : b->fault.what;
}
