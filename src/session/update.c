/* SPDX-License-Identifier: ISC */
/*
 * RFC 1939 section 6: QUIT, and the UPDATE state. The one place where mail is
 * removed: only what was marked, only here, and the client hears the truth.
 */
#include "session/update.h"

#include <string.h>

#include "pure/number.h"

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

/*
 * Somebody will ask who deleted their mail. Written at once, so that it stands
 * whatever comes after it.
 */
static void log_expunged(struct session *s, const struct message *m)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_INFO, "expunged");
	session_log_message(s, &l, m);
	if (m->octets != OCTETS_UNKNOWN)
		log_number(&l, "octets", m->octets);
	log_end(&l);
}

/* The client hears that some were not removed; here is which, and why. */
static void log_kept(struct session *s, const struct message *m)
{
	const struct answer *const a = &s->answer;
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "note");
	log_text(&l, "what",
		 a->result == WIRE_ERR ? "not removed; expunge answered ERR"
		 : a->result == WIRE_TEMP
			 ? "not removed; expunge answered TEMP"
			 : "nothing is removed; expunge answered DEFAULT");
	session_log_message(s, &l, m);
	if (a->text_len > 0)
		log_octets(&l, "text", a->text, a->text_len);
	log_end(&l);
}

/*
 * One `expunge`: whether the backend said that it is gone; *again is set where
 * it may be another time. After a fault nothing more is asked, for the backend
 * is not up.
 */
static bool expunge(struct session *s, struct message *m, bool *again)
{
	const char *const path = maildrop_path(&s->drop, m);
	const struct wire_field field = { path,
					  path != NULL ? strlen(path) : 0 };

	if (!s->backend.up || !session_ask_message(s, WIRE_EXPUNGE, m, field))
		return false;
	if (s->answer.result != WIRE_OK) {
		*again |= s->answer.result == WIRE_TEMP;
		log_kept(s, m);
		return false;
	}
	log_expunged(s, m);
	m->counted = false;
	return true;
}

/* What became of `commit`. */
enum commitment { COMMIT_GOOD, COMMIT_REFUSED, COMMIT_UNKNOWN };

/* `commit COUNT`. Its text is the goodbye. */
static enum commitment commit(struct session *s, uint64_t expunged, bool *again)
{
	char digits[20];
	const struct wire_field field = { digits,
					  number_print(expunged, digits) };

	if (!s->backend.up ||
	    !session_ask(s, WIRE_COMMIT, NULL, &field, 1, false))
		return COMMIT_UNKNOWN;
	*again |= s->answer.result == WIRE_TEMP;
	if (s->answer.result == WIRE_OK)
		reply_text(&s->reply, s->answer.text, s->answer.text_len);
	return s->answer.result == WIRE_OK || s->answer.result == WIRE_DEFAULT
		       ? COMMIT_GOOD
		       : COMMIT_REFUSED;
}

/*
 * The one line about all of it. Where the commit is not good, what the log has
 * as expunged may be there still.
 */
static void log_update(struct session *s, uint64_t marked, uint64_t expunged,
		       enum commitment end)
{
	static const char *const words[] = {
		[COMMIT_GOOD] = "good",
		[COMMIT_REFUSED] = "refused",
		[COMMIT_UNKNOWN] = "unknown",
	};
	struct log_line l;

	log_start(&l,
		  end != COMMIT_GOOD   ? LOG_PRIORITY_WARNING
		  : marked != expunged ? LOG_PRIORITY_NOTICE
				       : LOG_PRIORITY_INFO,
		  "update");
	log_number(&l, "marked", marked);
	log_number(&l, "expunged", expunged);
	log_text(&l, "commit", words[end]);
	if (end == COMMIT_REFUSED && s->answer.text_len > 0)
		log_octets(&l, "text", s->answer.text, s->answer.text_len);
	log_end(&l);
}

static void update(struct session *s)
{
	uint64_t marked = 0, expunged = 0, octets = 0;
	enum commitment end = COMMIT_GOOD;
	bool again = false;

	/* From here on SIGTERM and a vanished client change nothing. */
	s->io.critical = true;
	for (size_t i = 0; i < s->drop.count; i++) {
		struct message *const m = &s->drop.messages[i];

		if (!doomed(s, m))
			continue;
		marked++;
		if (!expunge(s, m, &again))
			continue;
		expunged++;
		octets += maildrop_octets(m);
	}
	/* --keep-going: what nothing was asked of cannot fail. */
	if (s->backend.up || marked > 0)
		end = commit(s, expunged, &again);
	/* What it was asked it may be at still: no lock is let go before. */
	if (!s->backend.up)
		session_stop(s);
	s->io.critical = false;
	if (end == COMMIT_GOOD) {
		s->tally.dele = expunged;
		s->tally.dele_octets = octets;
	}
	if (marked > 0 || end != COMMIT_GOOD)
		log_update(s, marked, expunged, end);
	if (marked != expunged || end != COMMIT_GOOD)
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
