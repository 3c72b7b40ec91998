/* SPDX-License-Identifier: ISC */
#include "session/next.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/log.h"
#include "os/program.h"
#include "session/hello.h"
#include "session/start.h"

/* A name as --next lists it, or NULL; without one it lists maildir. */
static const char *listed(const struct options *o, const char *name)
{
	static const char first[] = "maildir";

	for (unsigned i = 0; i < o->next_count; i++)
		if (strcmp(o->next[i], name) == 0)
			return o->next[i];
	return o->next_count == 0 && strcmp(name, first) == 0 ? first : NULL;
}

/* Starts it by its path, which is none of PATH's: 0 or -errno. */
static int start(struct session *s, char path[LIMIT_PATH])
{
	const char *argv[LIMIT_BACKEND_ARGUMENTS + 1];
	const struct answer *const a = &s->answer;
	const char *word = a->next;

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
	/* hello's answer takes the place of this one. */
	const char *const name = listed(s->options, s->answer.next);
	char path[LIMIT_PATH] = "", why[PROGRAM_ERROR];
	struct log_line l;
	int error;

	if (name == NULL) {
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
	error = start(s, path);
	if (error < 0) {
		start_failed(s, "the next backend cannot be started", name,
			     program_error(path, -error, why), path, NULL);
		return false;
	}
	if (!hello_ask(s))
		return false;
	if (s->answer.result != WIRE_OK) {
		turned_away(s);
		return false;
	}
	log_start(&l, LOG_PRIORITY_INFO, "next");
	log_text(&l, "backend", name);
	log_end(&l);
	return s->outcome.ending == GOES_ON;
}
