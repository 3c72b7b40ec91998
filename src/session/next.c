/* SPDX-License-Identifier: ISC */
#include "session/next.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/log.h"
#include "os/program.h"
#include "session/hello.h"
#include "session/start.h"

/* Whether --next lists a name; without one it lists maildir. */
static bool listed(const struct options *o, const char *name)
{
	for (unsigned i = 0; i < o->next_count; i++)
		if (strcmp(o->next[i], name) == 0)
			return true;
	return o->next_count == 0 && strcmp(name, "maildir") == 0;
}

/* Starts it by its path, which is none of PATH's: 0 or -errno. */
static int start(struct session *s)
{
	const char *argv[LIMIT_BACKEND_ARGUMENTS + 1];
	const struct answer *const a = &s->answer;
	const char *word = a->next;
	char path[LIMIT_PATH];

	if (!program_in(program_backends(), word, path))
		return -ENAMETOOLONG;
	argv[0] = path;
	for (unsigned i = 1; i < a->next_count; i++)
		argv[i] = word += strlen(word) + 1;
	argv[a->next_count] = NULL;
	return start_program(s, argv, path);
}

/* The one that goes on does not want to. */
static void turned_away(struct session *s)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_NOTICE, "refused");
	log_text(&l, "why", "the next backend turned the session away");
	if (s->answer.text_len > 0)
		log_octets(&l, "text", s->answer.text, s->answer.text_len);
	log_end(&l);
	s->answer.result = WIRE_TEMP;
	session_answer(s, "", NULL, "");
	session_over(s, "turned away by the backend");
}

bool next_start(struct session *s)
{
	int error;

	if (!listed(s->options, s->answer.next)) {
		session_fault(s, "next is none that --next lists");
		return false;
	}
	if (geteuid() == 0) {
		session_fault(s, "next as root");
		return false;
	}
	/* As at any end: only that something ends which was not asked to. */
	s->io.critical = true;
	session_stop(s);
	s->io.critical = false;
	if (s->outcome.ending != GOES_ON)
		return false;
	start_offers(s);
	s->login.next = true;
	error = start(s);
	if (error < 0) {
		start_failed(s, "the next backend cannot be started",
			     s->answer.next, error, NULL);
		return false;
	}
	if (!hello_ask(s))
		return false;
	if (s->answer.result == WIRE_OK)
		return s->outcome.ending == GOES_ON;
	turned_away(s);
	return false;
}
