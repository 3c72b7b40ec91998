/* SPDX-License-Identifier: ISC */
#include "session/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/log.h"
#include "os/program.h"
#include "protocol/environment.h"
#include "protocol/offers.h"
#include "pure/apart.h"
#include "session/hello.h"

void start_offers(struct session *s)
{
	const struct options *const o = s->options;

	offers_none(&s->offers);
	s->terms = (struct terms){ .idle_ms = (int64_t)o->timeout * 1000 };
	for (unsigned i = 0; i < o->command_count; i++) {
		const char *const name = o->commands[i];
		const size_t n = strcspn(name, ":");

		claims_add(&s->offers, name, n,
			   name[n + 1] == 'a'	? AUTHORIZATION
			   : name[n + 1] == 't' ? TRANSACTION
						: AUTHORIZATION | TRANSACTION,
			   false);
	}
}

void start_failed(struct session *s, const char *what, const char *backend,
		  const char *error, const char *path, const char *searched)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "request", "start");
	log_text(&l, "what", what);
	log_text(&l, "backend", backend);
	log_text(&l, "error", error);
	if (path != NULL)
		log_text(&l, "path", path);
	if (searched != NULL)
		log_text(&l, "searched", searched);
	log_end(&l);
	reply_err(&s->reply, "SYS/TEMP", "the mail backend failed");
	s->outcome.trouble = true;
	session_over(s, "fault");
}

int start_program(struct session *s, const char *const argv[],
		  char path[LIMIT_PATH])
{
	const struct options *const o = s->options;
	char words[HELLO_ROOM + 1] = "";
	struct text features = { words, .size = HELLO_ROOM };
	/* Of who says nothing yet. */
	char *const room = s->backend.data;
	int error = -ENOMEM;
	char **env;

	hello_features(s, &features);
	env = environment_make(s->peer, s->id, o->backend_timeout, words, room,
			       sizeof(s->backend.data));
	if (env != NULL)
		error = environment_start(&s->backend, &s->io, argv, env,
					  o->backend_timeout, path);
	environment_free(env, room);
	return error;
}

/*
 * Where a backend was looked for: one that was named without a slash in all
 * these, a relative one from here on.
 */
static bool searched(const char *name, char to[LIMIT_LOG_VALUE + 1])
{
	const char *const path = getenv("PATH");

	if (strchr(name, '/') != NULL)
		return name[0] != '/' &&
		       getcwd(to, LIMIT_LOG_VALUE + 1) != NULL;
	snprintf(to, LIMIT_LOG_VALUE + 1, "%s:%s", program_backends(),
		 path != NULL ? path : "");
	return true;
}

APART static void not_started(struct session *s, int error)
{
	char path[LIMIT_PATH], why[PROGRAM_ERROR];
	const char *const name = s->options->backend[0];
	char folders[LIMIT_LOG_VALUE + 1];
	const char *const at = program_backend(name, path);

	start_failed(s, "the backend cannot be started", name,
		     program_error(at, -error, why), at != name ? at : NULL,
		     searched(name, folders) ? folders : NULL);
}

static bool start_one(struct session *s)
{
	/* Nothing was answered yet: there is room for a path. */
	const int error = start_program(s, s->options->backend, s->answer.text);

	if (error != 0)
		not_started(s, error);
	return error == 0;
}

/* Connects to a resident backend. */
APART static bool connect_backend(struct session *s)
{
	const struct options *const o = s->options;
	struct local_doubt doubt = { .why = NULL };
	const int error =
		channel_connect(&s->backend, &s->io, o->resident,
				(int64_t)o->backend_timeout * 1000, &doubt);

	if (error == 0)
		return true;
	if (error == -ECANCELED)
		session_over_outside(s);
	else if (doubt.why != NULL)
		start_failed(s, "others may serve there", o->backend[0],
			     doubt.why, doubt.path, NULL);
	else
		start_failed(s,
			     error == -EAGAIN ? "the backend's queue is full"
					      : "the backend cannot be reached",
			     o->backend[0], strerror(-error), NULL, NULL);
	return false;
}

bool start_backend(struct session *s)
{
	return s->options->resident != NULL ? connect_backend(s) : start_one(s);
}
