/* SPDX-License-Identifier: ISC */
#include "os/wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/tcp.h"
#include "pure/apart.h"

/* What signal handlers tell; the only mutable globals here. */
static volatile sig_atomic_t caught_alarm, caught_child, caught_term;

static void on_alarm(int number)
{
	(void)number;
	caught_alarm = 1;
}

static void on_child(int number)
{
	(void)number;
	caught_child = 1;
}

static void on_term(int number)
{
	(void)number;
	caught_term = 1;
}

int64_t io_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * What no wait lets in: a write that may not be fails, and that is what we are to
 * hear.
 */
static void unheard(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
	sigaddset(set, SIGXFSZ);
}

static void catch (int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

void io_start(struct io *io, int64_t idle_ms)
{
	struct stat status;
	sigset_t blocked;

	io->in = STDIN_FILENO;
	io->out = STDOUT_FILENO;
	io->request = io->reply = io->errors = -1;
	io->in_socket = io->socket = io->file = io->critical = io->gone = false;
	io->tcp = io->silent = false;
	io->idle_at = io->login_at = io->backend_at = io->pause_at = 0;
	io->armed_at = 0;
	io->waits = io->failed = 0;
	io->idle_ms = idle_ms;
	io->gone_by = 0;
	io->octets_in = io->octets_out = 0;
	io->len = 0;

	unheard(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGHUP);
	sigaddset(&blocked, SIGINT);
	/* A parent's mask does, too. */
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	/* One of a parent's that is pending finds nothing expired. */
	catch (SIGALRM, on_alarm);
	catch (SIGCHLD, on_child);
	catch (SIGTERM, on_term);
	catch (SIGHUP, on_term);
	catch (SIGINT, on_term);

	if (fstat(io->in, &status) == 0)
		io->in_socket = S_ISSOCK(status.st_mode);
	if (fstat(io->out, &status) == 0) {
		io->socket = S_ISSOCK(status.st_mode);
		io->file = S_ISREG(status.st_mode);
	}
	if (io->socket)
		io->tcp = tcp_start(io->out);
	else
		io->promised = isatty(io->out) ? LIMIT_TERMINAL_WRITE
					       : LIMIT_PIPE_WRITE;
	io_active(io);
}

bool io_gone(const struct io *io)
{
	struct pollfd client = { io->out, 0, 0 };

	return poll(&client, 1, 0) == 1;
}

void io_active(struct io *io)
{
	io->idle_at = io->idle_ms > 0 ? io_now() + io->idle_ms : 0;
}

static void relay_end(struct io *io)
{
	close(io->errors);
	io->errors = -1;
	io->relay(io->relay_arg, NULL, 0);
}

/* Reads once from the backend's stderr and hands it on. */
APART static void relay(struct io *io)
{
	char data[4096];
	const ssize_t n = read(io->errors, data, sizeof(data));

	if (n > 0)
		io->relay(io->relay_arg, data, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		relay_end(io);
}

/*
 * The expired deadlines as events; the nearest of those that no alarm watches, 0
 * for none.
 */
static unsigned expired(const struct io *io, unsigned want, int64_t now,
			int64_t *nearest)
{
	const bool client = (want & (IO_INPUT | IO_OUTPUT)) != 0;
	const struct {
		int64_t at;
		unsigned event;
	} timers[] = {
		{ io->login_at, IO_LOGIN },
		{ io->backend_at, IO_BACKEND },
		{ io->pause_at, IO_PAUSE },
	};
	unsigned events = 0;

	if (client && io->idle_at > 0 && io->idle_at <= now)
		events |= IO_IDLE;
	*nearest = 0;
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		if (timers[i].at == 0)
			continue;
		if (timers[i].at <= now)
			events |= timers[i].event;
		else if (*nearest == 0 || timers[i].at < *nearest)
			*nearest = timers[i].at;
	}
	return events;
}

/*
 * The idle timeout is an alarm, to the second. It stays where it is when the client
 * speaks: one that comes too early finds nothing expired, and is set again.
 */
static void arm(struct io *io, int64_t now)
{
	int64_t seconds;

	if (io->idle_at == 0 ||
	    (io->armed_at > 0 && io->armed_at < io->idle_at + 1000))
		return;
	seconds = (io->idle_at - now + 999) / 1000;
	alarm((unsigned)seconds);
	io->armed_at = now + seconds * 1000;
}

static unsigned signals(struct io *io)
{
	unsigned events = 0;

	if (caught_alarm != 0) {
		caught_alarm = 0;
		io->armed_at = 0;
	}
	if (caught_child != 0) {
		caught_child = 0;
		events |= IO_CHILD;
	}
	if (caught_term != 0 && !io->critical)
		events |= IO_TERM;
	return events;
}

/*
 * ppoll takes signals only where it would wait: a client that always has
 * something ready would keep them out. Now and then they go first. Returns
 * whether the client was seen to be gone.
 */
static bool let_signals_in(struct io *io)
{
	const struct timespec none = { 0 };
	struct pollfd client = { io->out, 0, 0 };
	sigset_t open;

	unheard(&open);
	if (++io->waits % 16 == 0)
		ppoll(&client, 1, &none, &open);
	return client.revents != 0;
}

unsigned io_look(struct io *io)
{
	int64_t nearest;
	const unsigned gone = let_signals_in(io) ? IO_GONE : 0;

	return expired(io, 0, io_now(), &nearest) | signals(io) | gone;
}

/*
 * Whether TCP finds its peer silent at two looks running; *look_at is when it
 * is asked again, 0 for never: with nothing outstanding keepalive will do.
 */
static bool lost(struct io *io, int64_t now, int64_t *look_at)
{
	const bool before = io->silent;

	io->silent = tcp_silent(io->out);
	*look_at = tcp_outstanding(io->out) ? now + LIMIT_LOOK_MS : 0;
	return before && io->silent;
}

/* How long ppoll may wait, to the earlier of two times; NULL: for ever. */
static const struct timespec *until(int64_t at, int64_t other, int64_t now,
				    struct timespec *pause)
{
	if (at == 0 || (other > 0 && other < at))
		at = other;
	if (at == 0)
		return NULL;
	pause->tv_sec = (at - now) / 1000;
	pause->tv_nsec = (at - now) % 1000 * 1000000;
	return pause;
}

/*
 * ppoll itself failed: the kernel has no memory, or we may have fewer
 * descriptors than it is told of. What it would have said is not known, so it
 * is asked again a moment later, and an answer that is outstanding stays so:
 * the backend's pipes, which never block, are tried meanwhile. Where it goes on
 * failing the session ends; but UPDATE does not, for the backend's deadline.
 */
static unsigned wait_blindly(struct io *io, unsigned want, const sigset_t *open)
{
	const struct timespec moment = { 0, LIMIT_BLIND_MS * 1000000L };
	const bool alone = (want & (IO_INPUT | IO_OUTPUT)) == 0;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, open, &blocked);
	nanosleep(&moment, NULL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (++io->failed > LIMIT_BLIND && !(io->critical && alone))
		return IO_TERM;
	return want & (IO_REPLY | IO_REQUEST);
}

unsigned io_wait(struct io *io, unsigned want)
{
	const bool client = want & (IO_INPUT | IO_OUTPUT | IO_GONE);
	int64_t look_at = client && io->tcp ? io_now() + LIMIT_LOOK_MS : 0;
	sigset_t open;

	unheard(&open);
	for (;;) {
		const int64_t now = io_now();
		const struct pollfd all[6] = {
			{ want & IO_INPUT ? io->in : -1, POLLIN, 0 },
			{ want & IO_OUTPUT ? io->out : -1, POLLOUT, 0 },
			{ want & (IO_REPLY | IO_LEFT) ? io->reply : -1,
			  want & IO_REPLY ? POLLIN : 0, 0 },
			{ want & IO_REQUEST ? io->request : -1, POLLOUT, 0 },
			{ want & IO_GONE ? io->out : -1, 0, 0 },
			{ io->errors, POLLIN, 0 },
		};
		struct pollfd fds[6];
		unsigned which[6], n = 0;
		struct timespec pause = { 0 };
		const struct timespec *timeout = &pause;
		int64_t nearest;
		unsigned events = expired(io, want, now, &nearest);

		let_signals_in(io);
		/* Blocked here, so none can come between this and ppoll. */
		events |= signals(io);
		if (look_at > 0 && look_at <= now && lost(io, now, &look_at))
			events |= IO_GONE;
		if (events == 0) {
			timeout = until(nearest, look_at, now, &pause);
			if (client)
				arm(io, now);
		}
		/* No more than are wanted: RLIMIT_NOFILE may forbid them. */
		for (unsigned i = 0; i < 6; i++) {
			if (all[i].fd < 0)
				continue;
			which[n] = i;
			fds[n++] = all[i];
		}
		if (ppoll(fds, n, timeout, &open) >= 0 || errno == EINTR)
			io->failed = 0;
		else
			events |= wait_blindly(io, want, &open);
		events |= signals(io);
		for (unsigned i = 0; i < n; i++) {
			if (fds[i].revents == 0)
				continue;
			if (which[i] < 5)
				events |= 1u << which[i];
			else if (fds[i].revents & POLLIN)
				relay(io);
			else
				relay_end(io);
			/* Of a pipe alone: there is nothing before its end. */
			if (which[i] == 2 && fds[i].revents == POLLHUP)
				events |= IO_ENDED;
		}
		if (io->errors < 0 && all[5].fd >= 0)
			events |= want & IO_ERRORS;
		if (events != 0)
			return events;
	}
}

bool io_waited(struct io *io, struct process *child, unsigned events)
{
	if (events & IO_CHILD)
		process_exited(child);
	io->gone |= (events & IO_GONE) != 0;
	return (events & (IO_TERM | IO_LOGIN | IO_GONE)) != 0;
}

void io_child_again(void)
{
	caught_child = 1;
}
