/* SPDX-License-Identifier: ISC */
#include "accept/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "accept/notify.h"
#include "accept/tell.h"
#include "accept/waiting.h"
#include "os/stay.h"

struct loop {
	const struct options *options;
	struct listeners *listeners;
	struct sessions *sessions;
	struct per_source *sources;
	int signals;
	size_t turn; /* the queue that is looked at first */
	/* Times are ms of CLOCK_MONOTONIC; 0 is never. */
	int64_t now;
	int64_t pause_at; /* the next try, after a failure */
	int64_t pause; /* how long the last one was, 0: all is well */
	int64_t idle_at, stop_at, status_at, watchdog_at, sweep_at, turn_at;
	int64_t watchdog; /* ms between signs of life */
	int64_t status_told;
	uint64_t waiting_told;
	struct told told;
	uint64_t silent; /* sessions ended for their silence, not told */
	bool changed; /* since the status was told */
	bool stopping;
	uint64_t served;
	const char *trouble;
	/* A client whose session could not be started yet. */
	struct client held;
	struct waiting waiting;
};

/* After a failure: waits before the next try. */
static void back_off(struct loop *l, const char *what, int error)
{
	if (l->pause == 0) {
		l->trouble = strerror(error);
		tell_trouble(&l->told, l->now, what, l->trouble,
			     l->sessions->count);
	}
	l->pause = l->pause == 0 ? LOOP_PAUSE_LEAST : 2 * l->pause;
	if (l->pause > LOOP_PAUSE_MOST)
		l->pause = LOOP_PAUSE_MOST;
	l->pause_at = l->now + l->pause;
	l->changed = true;
}

static void recovered(struct loop *l)
{
	l->pause = 0;
	l->trouble = NULL;
	tell_recovered(&l->told, l->now);
}

/* Starts the session of the client that is held. */
static void start(struct loop *l)
{
	const int error = sessions_start(l->sessions, l->held.fd, &l->held.from,
					 l->held.proxied, l->held.row);

	if (error < 0) {
		back_off(l, "cannot start a session; its client waits", -error);
		return;
	}
	l->held.fd = -1;
	l->served++;
	l->idle_at = 0;
	l->changed = true;
	if (l->pause > 0)
		recovered(l);
}

/* Takes one client out of a queue. */
static void take(struct loop *l, size_t listener)
{
	struct per_source_answer answer = { PER_SOURCE_TAKEN, PER_SOURCE_NONE,
					    0 };
	struct client client = { .proxied = l->listeners->proxied[listener] };

	client.fd = listener_accept(l->listeners->fds[listener], &client.from);
	switch (client.fd < 0 ? -client.fd : 0) {
	case 0:
		break;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		back_off(l, "cannot accept; the clients wait", -client.fd);
		return;
	default:
		/* It is gone, or its network is: accept(2). */
		return;
	}
	/* Who sends headers has many clients, and counts them. */
	if (!client.proxied)
		answer = per_source_admit(l->sources, &client.from, l->now);
	client.row = answer.row;
	if (answer.verdict == PER_SOURCE_TAKEN) {
		l->held = client;
		start(l);
	} else if (answer.verdict == PER_SOURCE_LATER &&
		   waiting_add(&l->waiting, &client)) {
		tell_source(&l->told, l->now, &client, &answer, true);
		l->idle_at = 0;
		l->changed = true;
	} else {
		if (answer.verdict == PER_SOURCE_LATER)
			answer =
				per_source_deny(l->sources, client.row, l->now);
		tell_source(&l->told, l->now, &client, &answer, false);
		close(client.fd);
	}
}

static bool full(const struct loop *l)
{
	return l->sessions->count >= l->sessions->room;
}

/* The queues wait where there is a client held, or no session free. */
static bool accepting(const struct loop *l)
{
	return !l->stopping && l->pause_at == 0 && l->held.fd < 0 && !full(l);
}

/*
 * One of each queue, and where there is room for fewer, round about: no queue
 * starves another.
 */
static void take_each(struct loop *l, const struct pollfd *polls, size_t count)
{
	const size_t from = l->turn;

	for (size_t i = 0; i < count && accepting(l); i++) {
		const size_t at = (from + i) % count;

		if (polls[at].revents == 0)
			continue;
		take(l, at);
		l->turn = at + 1;
	}
}

/* Those that waited for their turn go before the queues. */
static void take_turns(struct loop *l)
{
	l->turn_at = l->now + LOOP_TURN;
	while (accepting(l) &&
	       waiting_take(&l->waiting, l->sources, l->now, &l->held))
		start(l);
}

static void reap(struct loop *l)
{
	struct session_end end;

	while (sessions_reap(l->sessions, &end)) {
		per_source_leave(l->sources, end.row, end.failed, l->now);
		l->changed = true;
		l->turn_at = l->now;
		/* What it left may be what was missing. */
		if (l->pause_at > 0)
			l->pause_at = l->now;
		if (end.signal == 0 || (l->stopping && end.signal == SIGTERM))
			continue;
		tell_killed(&end);
	}
}

/* The first SIGTERM: no new clients. A second one: no more patience. */
static void stop(struct loop *l)
{
	if (l->stopping) {
		l->stop_at = l->now;
		return;
	}
	l->stopping = true;
	l->stop_at = l->now + (int64_t)l->options->stop_timeout * 1000;
	l->idle_at = 0;
	listener_close(l->listeners);
	/* Once more: it was accepted already. */
	if (l->held.fd >= 0 && l->options->leave_sessions)
		start(l);
	l->pause_at = 0;
	if (l->held.fd >= 0) {
		close(l->held.fd);
		per_source_leave(l->sources, l->held.row, false, l->now);
		l->held.fd = -1;
	}
	waiting_close(&l->waiting, l->sources);
	notify_stopping();
	l->changed = true;
}

static void read_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			stop(l);
	reap(l);
}

/*
 * While all sessions are taken: those of silent clients make way for clients
 * that wait, so that a flood of the former passes.
 */
static void sweep(struct loop *l)
{
	const uint64_t waiting = listener_waiting(l->listeners);
	const uint64_t room = l->sessions->room;

	l->changed |= waiting != l->waiting_told;
	l->silent += sessions_end_silent(l->sessions,
					 (int64_t)(LOOP_SILENT * room /
						   (room + waiting)),
					 LOOP_SILENT, waiting);
	l->sweep_at = l->now + LOOP_SWEEP;
	if (tell_full(&l->told, l->now, l->sessions->count, l->silent))
		l->silent = 0;
}

static void tell_status(struct loop *l)
{
	const uint64_t queued = listener_waiting(l->listeners);
	const struct notify_figures figures = {
		.sessions = l->sessions->count,
		.waiting = queued + l->waiting.count + (l->held.fd >= 0),
		.served = l->served,
		.trouble = l->trouble,
	};

	notify_status(&figures);
	l->waiting_told = queued;
	l->changed = false;
	l->status_told = l->now;
	l->status_at = 0;
}

/* What is due by now; sets the times of what comes next. */
static void mind_time(struct loop *l)
{
	const uint64_t idle = l->options->idle_exit;

	l->now = stay_now();
	if (l->pause_at > 0 && l->now >= l->pause_at) {
		l->pause_at = 0;
		if (l->held.fd >= 0)
			start(l);
	}
	if (l->stop_at > 0 && l->now >= l->stop_at) {
		l->stop_at = 0;
		sessions_signal(l->sessions, SIGTERM);
	}
	if (!l->stopping && full(l) && l->now >= l->sweep_at)
		sweep(l);
	if (l->waiting.count > 0 && l->now >= l->turn_at)
		take_turns(l);
	if (idle > 0 && l->idle_at == 0 && l->sessions->count == 0 &&
	    l->held.fd < 0 && l->waiting.count == 0 && !l->stopping)
		l->idle_at = l->now + (int64_t)idle * 1000;
	if (l->changed) {
		if (l->now - l->status_told >= LOOP_STATUS)
			tell_status(l);
		else
			l->status_at = l->status_told + LOOP_STATUS;
	}
	if (l->watchdog > 0 && l->now >= l->watchdog_at) {
		notify_alive();
		l->watchdog_at = l->now + l->watchdog;
	}
}

/* ms until something is due, -1 for never. */
static int next(const struct loop *l)
{
	const int64_t times[] = {
		l->pause_at,
		l->idle_at,
		l->stop_at,
		l->status_at,
		l->watchdog_at,
		full(l) && !l->stopping ? l->sweep_at : 0,
		l->waiting.count > 0 ? l->turn_at : 0,
	};
	int64_t wait = -1;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const int64_t left = times[i] > l->now ? times[i] - l->now : 0;

		if (times[i] > 0 && (wait < 0 || left < wait))
			wait = left;
	}
	return (int)wait;
}

static bool over(const struct loop *l)
{
	if (l->stopping)
		return l->options->leave_sessions || l->sessions->count == 0;
	return l->idle_at > 0 && l->now >= l->idle_at;
}

void loop_run(const struct options *o, struct listeners *listeners,
	      struct sessions *sessions, struct per_source *sources,
	      int signals)
{
	struct pollfd polls[1 + OPTIONS_LISTENERS];
	struct loop l = {
		.options = o,
		.listeners = listeners,
		.sessions = sessions,
		.sources = sources,
		.signals = signals,
		.watchdog = notify_watchdog(),
		.held.fd = -1,
		.changed = true,
	};

	polls[0] = (struct pollfd){ signals, POLLIN, 0 };
	for (mind_time(&l); !over(&l); mind_time(&l)) {
		nfds_t count = 1;

		if (accepting(&l))
			for (; count <= listeners->count; count++)
				polls[count] = (struct pollfd){
					listeners->fds[count - 1], POLLIN, 0
				};
		if (poll(polls, count, next(&l)) < 0)
			continue;
		l.now = stay_now();
		if (polls[0].revents != 0)
			read_signals(&l);
		take_each(&l, polls + 1, count - 1);
	}
	tell_ended(l.stopping ? "stopped" : "idle", l.served,
		   l.sessions->count);
}
