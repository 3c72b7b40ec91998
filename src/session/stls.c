/* SPDX-License-Identifier: ISC */
#include "session/stls.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/local.h"
#include "os/log.h"
#include "session/hello.h"
#include "session/login.h"
#include "session/proxy.h"
#include "session/start.h"

/* Whether there is something to cover, and somebody to do it. */
static bool possible(const struct session *s)
{
	return s->options->stls != NULL && s->state == AUTHORIZATION &&
	       s->io.socket && !s->peer->tls.on;
}

/* A connection to who makes it TLS, or -1 with a line in the log. */
static int reach(struct session *s)
{
	struct local_doubt doubt = { .why = NULL };
	const int fd = local_connect(s->options->stls, &doubt);
	struct log_line l;

	if (fd >= 0)
		return fd;
	if (s->client.stls_noted)
		return -1;
	s->client.stls_noted = true;
	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "STLS cannot be had");
	log_text(&l, "error", doubt.why != NULL ? doubt.why : strerror(-fd));
	log_text(&l, "path", doubt.why != NULL ? doubt.path : s->options->stls);
	log_end(&l);
	return -1;
}

bool stls_offered(struct session *s)
{
	const int fd = possible(s) ? reach(s) : -1;

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/*
 * What comes in clear behind it is nobody's: were it kept, whoever put it there
 * would have said it under TLS (CVE-2011-0411).
 */
static void refuse_more(struct session *s)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "octets in clear behind STLS");
	log_end(&l);
	session_over_now(s, "octets in clear behind STLS");
}

void do_stls(struct session *s, const struct arguments *a)
{
	const struct line *const line = &s->client.line;
	int fd;

	(void)a;
	if (!possible(s)) {
		s->client.errors++;
		reply_err(&s->reply, NULL,
			  s->peer->tls.on ? "there is TLS already"
					  : "command unimplemented");
		return;
	}
	if (line->start < line->end || io_waiting(&s->io)) {
		refuse_more(s);
		return;
	}
	fd = reach(s);
	if (fd >= 0 && !local_hand(fd, s->io.in)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		reply_err(&s->reply, "SYS/TEMP", "TLS cannot be had now");
		return;
	}
	reply_ok(&s->reply, "begin TLS");
	s->client.stls = fd;
}

/* The handshake, which is another's: he says when it is done. */
static bool shake_hands(struct session *s)
{
	struct peer told = { .local = false };
	const char *why = proxy_read(s, &told, LIMIT_TLS_TIME * 1000);

	if (why == NULL && !s->io.gone && told.tls.on) {
		s->peer->tls = told.tls;
		return true;
	}
	session_over_now(s, why != NULL ? why : "no TLS came of STLS");
	return false;
}

/* The one that heard things in clear ends; another hears of the TLS. */
static void start_anew(struct session *s)
{
	/* As at any end: only that something ends which was not asked to. */
	s->io.critical = true;
	session_stop(s);
	s->io.critical = false;
	if (s->outcome.ending != GOES_ON)
		return;
	start_offers(s);
	if (!start_backend(s) || !hello_ask(s))
		return;
	if (s->answer.result != WIRE_OK)
		session_over(s, "turned away by the backend");
}

void stls_begin(struct session *s)
{
	const int fd = s->client.stls;

	s->client.stls = 0;
	if (io_flush(&s->io) < 0) {
		close(fd);
		session_over_outside(s);
		return;
	}
	io_switch(&s->io, fd);
	line_init(&s->client.line);
	login_forget(s);
	s->login.named = false;
	s->login.timestamp[0] = '\0';
	if (shake_hands(s))
		start_anew(s);
	io_active(&s->io);
}
