/* SPDX-License-Identifier: ISC */
#include "tls/tell.h"

#include <stdbool.h>
#include <stddef.h>

#include "os/log.h"

/* Whether it is time for a reminder; then it is told now. */
static bool due(int64_t *told, int64_t now)
{
	if (*told > 0 && now - *told < TELL_REMINDER)
		return false;
	*told = now;
	return true;
}

void tell_trouble(struct told *t, int64_t now, const char *what,
		  const char *error)
{
	struct log_line line;

	if (!due(&t->trouble, now))
		return;
	log_start(&line, LOG_PRIORITY_ERROR, "fault");
	log_text(&line, "what", what);
	log_text(&line, "error", error);
	log_end(&line);
}

/* So many clients may come that a line for each is a flood. */
static bool may_tell(struct told *t, int64_t now)
{
	struct log_line line;

	if (now - t->lines_since >= TELL_REMINDER) {
		if (t->lines_left_out > 0) {
			log_start(&line, LOG_PRIORITY_NOTICE, "note");
			log_text(&line, "what", "more clients refused");
			log_number(&line, "count", t->lines_left_out);
			log_end(&line);
		}
		t->lines_since = now;
		t->lines = t->lines_left_out = 0;
	}
	if (t->lines < TELL_LINES) {
		t->lines++;
		return true;
	}
	t->lines_left_out++;
	return false;
}

static void tell(struct told *t, int64_t now, const union address *from,
		 const char *why, const char *error, uint64_t count)
{
	char address[ADDRESS_ROOM] = "", port[ADDRESS_PORT_ROOM];
	struct log_line line;

	if (!may_tell(t, now))
		return;
	address_show(from, address, port);
	log_start(&line, LOG_PRIORITY_NOTICE, "refused");
	log_text(&line, "why", why);
	if (address[0] != '\0')
		log_text(&line, "address", address);
	if (error != NULL)
		log_text(&line, "error", error);
	if (count > 0)
		log_number(&line, "count", count);
	log_end(&line);
}

void tell_client(struct told *t, int64_t now, const union address *from,
		 const char *why, const char *error)
{
	tell(t, now, from, why, error, 0);
}

void tell_source(struct told *t, int64_t now, const union address *from,
		 const struct per_source_answer *answer)
{
	if (answer->tell > 0)
		tell(t, now, from,
		     answer->verdict == PER_SOURCE_FULL ? "max-per-source"
							: "rate-per-source",
		     NULL, answer->tell);
}

void tell_full(struct told *t, int64_t now, uint64_t sessions)
{
	struct log_line line;

	if (!due(&t->full, now))
		return;
	log_start(&line, LOG_PRIORITY_NOTICE, "note");
	log_text(&line, "what", "max-sessions is reached; others wait");
	log_number(&line, "sessions", sessions);
	log_end(&line);
}
