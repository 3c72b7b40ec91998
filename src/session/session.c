/* SPDX-License-Identifier: ISC */
#include "session/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "maildrop/unique-id.h"
#include "os/log.h"

bool session_root(const struct session *s)
{
	return !s->options->allow_root && geteuid() == 0;
}

void session_over(struct session *s, const char *why)
{
	if (s->why[0] == '\0')
		snprintf(s->why, sizeof(s->why), "%s", why);
	s->over = true;
}

void session_over_time(struct session *s, const char *what, int64_t ms)
{
	char why[sizeof(s->why)];

	snprintf(why, sizeof(why), "%s %llu s", what,
		 (unsigned long long)(ms / 1000));
	session_over(s, why);
	s->hurry = true;
}

void session_over_outside(struct session *s)
{
	const int64_t login_at = s->io.login_at;

	if (login_at > 0 && io_now() >= login_at)
		session_over_time(s, "not logged in after",
				  (int64_t)s->options->login_timeout * 1000);
	else if (s->io.gone_by & IO_IDLE)
		session_over_time(s, "client stopped reading for",
				  s->io.idle_ms);
	else if (s->io.failed > LIMIT_BLIND)
		session_over(s, "the system cannot poll");
	else if (s->io.gone && (s->io.gone_by & IO_TERM) == 0)
		session_over(s, "client gone");
	else
		session_over(s, "terminated");
	s->trouble |= s->io.failed > LIMIT_BLIND;
	s->hurry = true;
}

void session_owe(struct session *s)
{
	int64_t ms = (int64_t)s->options->auth_delay * 1000;

	if (ms < LIMIT_AUTH_DELAY_MIN_MS)
		ms = LIMIT_AUTH_DELAY_MIN_MS;
	s->owed_until = io_now() + ms;
}

void session_user(struct session *s, const char *name, size_t len)
{
	if (len > 0)
		memmove(s->user, name, len);
	s->user_len = len;
	log_user(s->user, len);
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
