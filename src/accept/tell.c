/* SPDX-License-Identifier: ISC */
#include "accept/tell.h"

#include "os/log.h"

void tell_trouble(struct told *t, int64_t now, const char *what,
		  const char *error, uint64_t sessions)
{
	struct log_line line;

	if (!stay_due(&t->trouble, now))
		return;
	log_start(&line, LOG_PRIORITY_ERROR, "fault");
	log_text(&line, "what", what);
	log_text(&line, "error", error);
	log_number(&line, "sessions", sessions);
	log_end(&line);
}

void tell_recovered(struct told *t, int64_t now)
{
	struct log_line line;

	if (!stay_due(&t->recovered, now))
		return;
	log_start(&line, LOG_PRIORITY_NOTICE, "note");
	log_text(&line, "what", "sessions can be started again");
	log_end(&line);
}

void tell_source(struct told *t, int64_t now, const struct client *client,
		 const struct per_source_answer *answer, bool waits)
{
	static const char *const why[] = {
		[PER_SOURCE_FULL] = "max-per-source",
		[PER_SOURCE_FAST] = "rate-per-source",
		[PER_SOURCE_LATER] = "failures-per-source",
	};
	char address[46] = "", port[6];
	struct log_line line;

	if (answer->tell == 0 ||
	    !stay_may_tell(&t->sources, now, "more addresses refused"))
		return;
	address_show(&client->from, address, port);
	log_start(&line, LOG_PRIORITY_NOTICE, waits ? "note" : "refused");
	if (waits)
		log_text(&line, "what", "logins fail there; its clients wait");
	log_text(&line, "why", why[answer->verdict]);
	log_text(&line, "address", address);
	log_number(&line, "count", answer->tell);
	log_end(&line);
}

bool tell_full(struct told *t, int64_t now, uint64_t sessions, uint64_t silent)
{
	struct log_line line;

	if (!stay_due(&t->full, now))
		return false;
	log_start(&line, LOG_PRIORITY_NOTICE, "note");
	log_text(&line, "what", "max-sessions is reached; others wait");
	log_number(&line, "sessions", sessions);
	log_number(&line, "silent_ended", silent);
	log_end(&line);
	return true;
}

void tell_killed(const struct session_end *end)
{
	struct log_line line;

	log_start(&line, LOG_PRIORITY_ERROR, "fault");
	log_text(&line, "what", "a session was killed");
	log_number(&line, "pid", (uint64_t)end->pid);
	log_number(&line, "signal", (uint64_t)end->signal);
	log_end(&line);
}

void tell_ended(const char *why, uint64_t served, size_t left)
{
	struct log_line line;

	log_start(&line, LOG_PRIORITY_INFO, "ended");
	log_text(&line, "why", why);
	log_number(&line, "sessions", served);
	if (left > 0)
		log_number(&line, "left", left);
	log_end(&line);
}
