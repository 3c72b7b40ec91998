/* SPDX-License-Identifier: ISC */
#include "tls/tell.h"

#include <stdbool.h>
#include <stddef.h>

#include "os/log.h"

void tell_trouble(struct told *t, int64_t now, const char *what,
		  const char *error)
{
	struct log_line line;

	if (!stay_due(&t->trouble, now))
		return;
	log_start(&line, LOG_PRIORITY_ERROR, "fault");
	log_text(&line, "what", what);
	log_text(&line, "error", error);
	log_end(&line);
}

static void tell(struct told *t, int64_t now, const union address *from,
		 const char *why, const char *error, uint64_t count)
{
	char address[ADDRESS_ROOM] = "", port[ADDRESS_PORT_ROOM];
	struct log_line line;

	if (!stay_may_tell(&t->clients, now, "more clients refused"))
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

	if (!stay_due(&t->full, now))
		return;
	log_start(&line, LOG_PRIORITY_NOTICE, "note");
	log_text(&line, "what", "max-sessions is reached; others wait");
	log_number(&line, "sessions", sessions);
	log_end(&line);
}
