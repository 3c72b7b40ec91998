/* SPDX-License-Identifier: ISC */
#include "tls/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/stay.h"
#include "os/tcp.h"
#include "pure/limit.h"
#include "tls/handover.h"
#include "tls/notify.h"
#include "tls/pumps.h"
#include "tls/tell.h"

struct loop {
	const struct options *options;
	const struct contexts *contexts;
	struct tickets *tickets;
	struct listeners *listeners;
	struct per_source *sources;
	BIO_METHOD *method;
	int epoll, signals;
	struct end doors[OPTIONS_LISTENERS]; /* the listening sockets */
	struct end bell; /* the signals */
	bool open, answers; /* the doors are watched: of 995, the others */
	bool stopping;
	/* Times are ms of CLOCK_MONOTONIC; 0 is never. */
	int64_t now;
	int64_t pause_at; /* the next try to accept, after a failure */
	int64_t tick_at, look_at;
	struct pumps pumps;
	struct told told;
	char piece[PUMP_PIECE];
};

/* Everything that happens on it, each change once. */
static bool watch(struct loop *l, struct end *end)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = end,
	};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, end->fd, &event) == 0;
}

static void watch_door(struct loop *l, struct end *end, int how, bool on)
{
	struct epoll_event event = { .events = on ? EPOLLIN : 0,
				     .data.ptr = end };

	epoll_ctl(l->epoll, how, end->fd, &event);
}

static void open_doors(struct loop *l, bool control, bool *is, bool open)
{
	if (*is == open)
		return;
	*is = open;
	for (size_t i = 0; i < l->listeners->count; i++)
		if (l->listeners->control[i] == control)
			watch_door(l, &l->doors[i], EPOLL_CTL_MOD, open);
}

/* All are shut while nothing can be had, and either kind while none is free. */
static void mind_doors(struct loop *l)
{
	const bool any = !l->stopping && l->pause_at == 0;
	const uint64_t most = l->options->max_sessions;

	open_doors(l, true, &l->answers, any && l->pumps.handed < most);
	open_doors(l, false, &l->open, any && l->pumps.count < most);
}

static void forget(struct loop *l, struct pump *p)
{
	/* Whoever else has the client open would keep it watched. */
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, p->client.fd, NULL);
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, p->server.fd, NULL);
	per_source_leave(l->sources, p->row, false, l->now);
	if (p->why != NULL)
		tell_client(&l->told, l->now, &p->from, "TLS handshake",
			    p->why);
	pumps_end(&l->pumps, p);
}

/* There is a client: the handshake begins. */
static bool begin(struct loop *l, struct pump *p)
{
	p->state = PUMP_SHAKES;
	p->deadline = l->now + (int64_t)l->options->handshake_time * 1000;
	p->client.readable = p->client.writable = true;
	tcp_start(p->client.fd);
	p->ssl = SSL_new(l->contexts->all[0]);
	if (p->ssl != NULL && octets_use(p->ssl, l->method, &p->client) &&
	    watch(l, &p->client)) {
		SSL_set_accept_state(p->ssl);
		return true;
	}
	p->why = "no memory";
	return false;
}

static void back_off(struct loop *l, int error)
{
	tell_trouble(&l->told, l->now, "cannot accept; the clients wait",
		     strerror(error));
	l->pause_at = l->now + LOOP_PAUSE;
}

/* A client, or at the control socket a pop3-skel, comes in. */
static void take(struct loop *l, const struct end *door, bool control)
{
	struct per_source_answer answer = { PER_SOURCE_TAKEN, PER_SOURCE_NONE,
					    0 };
	union address from = { 0 };
	socklen_t len = sizeof(from);
	struct pump *p;
	int fd = accept4(door->fd, &from.any, &len,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			back_off(l, errno);
		return;
	}
	if (!control)
		answer = per_source_admit(l->sources, &from, l->now);
	if (answer.verdict != PER_SOURCE_TAKEN) {
		tell_source(&l->told, l->now, &from, &answer);
		close(fd);
		return;
	}
	p = pumps_new(&l->pumps, control ? -1 : fd, control ? fd : -1, control);
	if (p == NULL) {
		close(fd);
		per_source_leave(l->sources, answer.row, false, l->now);
		back_off(l, ENOMEM);
		return;
	}
	p->row = answer.row;
	p->from = from;
	p->deadline = l->now + (int64_t)l->options->handshake_time * 1000;
	if (control ? !watch(l, &p->server) : !begin(l, p))
		p->state = PUMP_OVER;
	if (!control && l->pumps.count == l->options->max_sessions)
		tell_full(&l->told, l->now, l->pumps.count);
}

/* pop3-skel says whose TLS it is to be. */
static void receive(struct loop *l, struct pump *p)
{
	const int fd = handover_take(p->server.fd);
	socklen_t len = sizeof(p->from);

	if (fd == -EAGAIN)
		return;
	p->state = PUMP_OVER;
	if (fd < 0)
		return;
	p->client.fd = fd;
	if (getpeername(fd, &p->from.any, &len) < 0)
		memset(&p->from, 0, sizeof(p->from));
	if (!begin(l, p))
		p->state = PUMP_OVER;
}

/* To pop3-skel, which may be starting, or have a full queue. */
static void connect_server(struct loop *l, struct pump *p)
{
	const int64_t absent = p->deadline - LOOP_QUEUED + LOOP_ABSENT;
	int fd = p->server.fd;

	if (fd < 0)
		fd = handover_connect(l->options->to);
	if (fd < 0) {
		if (l->now < (fd == -EAGAIN ? p->deadline : absent))
			return;
		tell_trouble(&l->told, l->now, "pop3-skel cannot be reached",
			     strerror(-fd));
		p->state = PUMP_OVER;
		return;
	}
	if (p->server.fd < 0) {
		p->server.fd = fd;
		if (!watch(l, &p->server)) {
			p->why = "no memory";
			p->state = PUMP_OVER;
		}
	}
	if (p->state == PUMP_OVER || !pump_introduce(p))
		p->state = PUMP_OVER;
}

/* All that can be done for one connection by now. */
static void go_on(struct loop *l, struct pump *p)
{
	bool more = false;

	if (p->state == PUMP_COMES)
		receive(l, p);
	/* Whoever handed it over waits no more. */
	if (p->state == PUMP_SHAKES && p->server.closed)
		p->state = PUMP_OVER;
	if (p->state == PUMP_SHAKES) {
		more = pump_step(p, l->piece, l->now);
		if (p->state == PUMP_CONNECTS)
			p->deadline = l->now + LOOP_QUEUED;
	}
	if (p->state == PUMP_CONNECTS)
		connect_server(l, p);
	if (p->state == PUMP_RUNS || p->state == PUMP_ENDS)
		more = pump_step(p, l->piece, l->now);
	if (p->state == PUMP_OVER)
		forget(l, p);
	else if (more)
		pumps_queue(&l->pumps, p);
}

/* Each that has something to do has its turn, once. */
static void take_turns(struct loop *l)
{
	struct pump *p = l->pumps.turns;

	l->pumps.turns = l->pumps.turns_last = NULL;
	while (p != NULL) {
		struct pump *const next = p->turn;

		p->queued = false;
		go_on(l, p);
		p = next;
	}
}

/* The first: no more clients; a child carries on what there is. */
static void stop(struct loop *l)
{
	struct signalfd_siginfo info;
	const bool again = l->stopping;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info))
		;
	l->stopping = true;
	for (size_t i = 0; i < l->listeners->count; i++)
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->doors[i].fd, NULL);
	if (!again && l->pumps.first != NULL && fork() == 0) {
		/* Of whom the service manager knows nothing. */
		unsetenv("NOTIFY_SOCKET");
		l->listeners->unlink = NULL;
		listener_close(l->listeners);
		/* What was watched were the parent's. */
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->signals, NULL);
		watch_door(l, &l->bell, EPOLL_CTL_ADD, true);
		return;
	}
	listener_close(l->listeners);
	l->pumps.first = NULL;
}

static void happened(struct loop *l, struct end *end, uint32_t events)
{
	struct pump *const p = end->pump;

	if (p == NULL) {
		if (end == &l->bell)
			stop(l);
		else if (!l->stopping)
			take(l, end, l->listeners->control[end - l->doors]);
		return;
	}
	end->readable |= (events & ~(uint32_t)EPOLLOUT) != 0;
	end->writable |= (events & ~(uint32_t)EPOLLIN) != 0;
	end->closed |= (events & (EPOLLHUP | EPOLLERR)) != 0;
	if (end == &p->server)
		p->half |= (events & EPOLLRDHUP) != 0 && !end->closed;
	else
		p->more = true;
	/* Nobody reads from it any more, and so would find out. */
	if (end == &p->client && end->closed && p->told_server)
		pump_client_gone(p, l->now);
	pumps_queue(&l->pumps, p);
}

/* What is due: deadlines, clients that TCP has lost, tries to connect. */
static void mind(struct loop *l)
{
	const bool look = l->now >= l->look_at;
	const bool full = l->pumps.count >= l->options->max_sessions;

	for (struct pump *p = l->pumps.first; p != NULL; p = p->next) {
		const int64_t since =
			p->deadline -
			(int64_t)l->options->handshake_time * 1000;

		if (p->state == PUMP_CONNECTS) {
			pumps_queue(&l->pumps, p);
			continue;
		}
		if (p->deadline > 0 && p->deadline <= l->now) {
			if (p->state == PUMP_SHAKES)
				p->why = "no handshake in time";
			p->state = PUMP_OVER;
		} else if (full && p->state == PUMP_SHAKES && !p->handed &&
			   l->now - since >= LOOP_HURRY) {
			p->why = "no handshake in time, and others wait";
			p->state = PUMP_OVER;
		} else if (look && p->state == PUMP_RUNS && !p->gone) {
			const bool silent = tcp_silent(p->client.fd);

			/* At two looks running: see tcp.h. */
			if (silent && p->silent)
				pump_client_gone(p, l->now);
			p->silent = silent;
		} else {
			continue;
		}
		pumps_queue(&l->pumps, p);
	}
	if (look)
		l->look_at = l->now + LIMIT_LOOK_MS;
	if (l->pause_at > 0 && l->now >= l->pause_at)
		l->pause_at = 0;
	l->tick_at = l->now + LOOP_TICK;
}

/* ms that it may wait. */
static int patience(struct loop *l)
{
	int64_t wait = ticket_turn(l->tickets, l->now);

	if (l->pumps.turns != NULL)
		return 0;
	if (l->pumps.first == NULL && l->pause_at == 0)
		return (int)wait;
	wait = l->tick_at - l->now < wait ? l->tick_at - l->now : wait;
	return wait > 0 ? (int)wait : 0;
}

static bool prepare(struct loop *l)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->method = octets_method();
	if (l->epoll < 0 || l->method == NULL)
		return false;
	l->bell.fd = l->signals;
	watch_door(l, &l->bell, EPOLL_CTL_ADD, true);
	for (size_t i = 0; i < l->listeners->count; i++) {
		l->doors[i].fd = l->listeners->fds[i];
		watch_door(l, &l->doors[i], EPOLL_CTL_ADD, true);
	}
	l->open = l->answers = true;
	return true;
}

bool loop_run(const struct options *o, const struct contexts *contexts,
	      struct tickets *tickets, struct listeners *listeners,
	      struct per_source *sources, int signals)
{
	struct epoll_event events[LOOP_EVENTS];
	struct loop *const l = calloc(1, sizeof(*l));

	if (l == NULL)
		return false;
	l->options = o;
	l->contexts = contexts;
	l->tickets = tickets;
	l->listeners = listeners;
	l->sources = sources;
	l->signals = signals;
	l->now = stay_now();
	if (!prepare(l))
		return false;
	while (!l->stopping || l->pumps.first != NULL) {
		int n = epoll_wait(l->epoll, events, LOOP_EVENTS, patience(l));

		l->now = stay_now();
		for (int i = 0; i < n; i++)
			happened(l, events[i].data.ptr, events[i].events);
		/* A child has them all: no octet of theirs is ours. */
		if (l->stopping && l->pumps.first == NULL)
			break;
		if (l->now >= l->tick_at)
			mind(l);
		take_turns(l);
		mind_doors(l);
	}
	return true;
}
