/* SPDX-License-Identifier: ISC */
/*
 * RFC 1939 section 6: QUIT, and the UPDATE state. The one place where mail is
 * removed: only what was marked, only here, and the client hears the truth.
 */
#include <string.h>

#include "handlers.h"
#include "number.h"
#include "question.h"

static const char not_removed[] = "some deleted messages not removed";
static const char not_committed[] =
	"nothing was marked, but the backend failed";

static bool doomed(const struct session *s, const struct message *m)
{
	switch (s->options->mode) {
	case MODE_NORMAL:
		return m->marked;
	case MODE_FETCH_ONCE:
		return m->marked || m->fetched;
	default:
		return false;
	}
}

/* Somebody will ask who deleted their mail. */
static void log_removed(struct session *s, const struct message *m)
{
	struct log_line l;
	size_t len;
	const char *uid = maildrop_given_uid(&s->drop, m, &len);
	char made[LIMIT_UNIQUE_ID];

	if (m->dash) {
		len = maildrop_unique_id(&s->drop, m, made);
		uid = made;
	}
	session_log_start(s, &l, LOG_PRIORITY_INFO, "removed");
	log_octets(&l, "uid", uid, len);
	if (m->octets != OCTETS_UNKNOWN)
		log_number(&l, "octets", m->octets);
	log_end(&l);
}

/*
 * One `expunge`: whether the message was removed; *again is set where it may
 * be another time. After a fault nothing more is asked, for the backend is not
 * up.
 */
static bool expunge(struct session *s, const struct message *m, bool *again)
{
	const char *const path = maildrop_path(&s->drop, m);
	const struct wire_field field = { path,
					  path != NULL ? strlen(path) : 0 };

	if (!s->backend.up || (s->defaulted & 1u << WIRE_EXPUNGE) != 0 ||
	    !session_ask_message(s, WIRE_EXPUNGE, m, field))
		return false;
	if (s->answer.result == WIRE_DEFAULT)
		s->defaulted |= 1u << WIRE_EXPUNGE;
	if (s->answer.result != WIRE_OK) {
		*again |= s->answer.result == WIRE_TEMP;
		return false;
	}
	log_removed(s, m);
	return true;
}

/* The log has messages as removed that perhaps are there still. */
static void note_commit(struct session *s)
{
	struct log_line l;

	session_log_start(s, &l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "the backend could not commit");
	if (s->answer.text_len > 0)
		log_octets(&l, "text", s->answer.text, s->answer.text_len);
	log_end(&l);
}

/* `commit COUNT`: whether all is well with it. Its text is the goodbye. */
static bool commit(struct session *s, uint64_t removed, bool *again)
{
	char digits[20];
	const struct wire_field field = { digits,
					  number_print(removed, digits) };

	if (!session_ask(s, WIRE_COMMIT, NULL, &field, 1, false))
		return false;
	*again |= s->answer.result == WIRE_TEMP;
	if (s->answer.result == WIRE_OK)
		reply_text(&s->reply, s->answer.text, s->answer.text_len);
	if (s->answer.result == WIRE_OK || s->answer.result == WIRE_DEFAULT)
		return true;
	note_commit(s);
	return false;
}

/* The client hears of it; here is how many. */
static void note_left(struct session *s, uint64_t marked, uint64_t removed)
{
	struct log_line l;

	session_log_start(s, &l, LOG_PRIORITY_NOTICE, "note");
	log_text(&l, "what", "some deleted messages not removed");
	log_number(&l, "marked", marked);
	log_number(&l, "removed", removed);
	log_end(&l);
}

static void update(struct session *s)
{
	uint64_t marked = 0, removed = 0;
	bool committed, again = false;

	/* From here on SIGTERM and a vanished client change nothing. */
	s->io.critical = true;
	for (size_t i = 0; i < s->drop.count; i++) {
		const struct message *const m = &s->drop.messages[i];

		if (!doomed(s, m))
			continue;
		marked++;
		if (expunge(s, m, &again))
			removed++;
	}
	committed = s->backend.up ? commit(s, removed, &again) : marked == 0;
	s->io.critical = false;
	if (marked != removed)
		note_left(s, marked, removed);
	if (marked != removed || !committed)
		reply_err(&s->reply,
			  again || !s->backend.up ? "SYS/TEMP" : NULL,
			  marked > 0 ? not_removed : not_committed);
}

void do_quit(struct session *s, const struct arguments *a)
{
	const char *const goodbye =
		s->terms.goodbye[0] != '\0'   ? s->terms.goodbye
		: s->options->goodbye != NULL ? s->options->goodbye
					      : "goodbye";

	(void)a;
	/*
	 * So that UPDATE waits for nobody but the backend. RETR and QUIT may
	 * have come in one piece, and their sender be gone: then what was to
	 * be fetched once was not.
	 */
	if (io_flush(&s->io) < 0 &&
	    (s->options->mode == MODE_FETCH_ONCE || s->io.gone_by != 0)) {
		session_over_outside(s);
		return;
	}
	reply_ok(&s->reply, "");
	reply_text(&s->reply, goodbye, strlen(goodbye));
	if (s->state == TRANSACTION)
		update(s);
	session_over(s, "quit");
}
