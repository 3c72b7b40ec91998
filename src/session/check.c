/* SPDX-License-Identifier: ISC */
#include "session/check.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "os/file.h"
#include "os/finding.h"
#include "os/local.h"
#include "os/log.h"
#include "os/program.h"
#include "os/record.h"
#include "session/hello.h"
#include "session/serve.h"
#include "session/start.h"

static const char program[] = "pop3-skel";

/* Somebody we trust listens there; the connection, or -1. */
static int reach(struct findings *f, const char *path, const char *next)
{
	struct local_doubt doubt = { .why = NULL };
	const int fd = local_connect(path, &doubt);

	if (fd >= 0)
		return fd;
	if (doubt.why != NULL)
		finding(f, EX_TEMPFAIL,
			"the socket %.200s is not trusted, for %.200s is %s: "
			"only root and user %u may be able to put one there",
			path, doubt.path, doubt.why, (unsigned)geteuid());
	else
		finding(f, EX_TEMPFAIL,
			"nobody answers at the socket %.200s (%s): %s", path,
			strerror(-fd), next);
	return -1;
}

static void look_for_stls(struct findings *f, const struct options *o)
{
	const int fd = o->stls != NULL
			       ? reach(f, o->stls,
				       "start pop3-skel-stls.socket; until "
				       "then STLS is not announced")
			       : -1;

	if (fd >= 0)
		close(fd);
}

static void look_for_spool(struct findings *f)
{
	const int fd = file_spool();

	if (fd >= 0)
		close(fd);
	else
		finding(f, EX_TEMPFAIL,
			"no file can be made in %.200s (%s): make room there, "
			"for messages whose size the backend does not tell",
			file_spool_folder(), strerror(-fd));
}

static void look_for_record(struct findings *f, const struct options *o)
{
	const char *const wrong =
		o->record != NULL ? record_wrong(o->record) : NULL;

	if (wrong != NULL)
		finding(f, EX_TEMPFAIL,
			"no record can be made in %.200s (%s): give it to the "
			"user that serves, and chmod 700 it",
			o->record, wrong);
}

/*
 * The backend is there, and may be asked. One that stays is not asked at the
 * start of the system, for there it may be what comes after us.
 */
static bool start(struct session *s, struct findings *f)
{
	const struct options *const o = s->options;
	struct local_doubt doubt = { .why = NULL };
	char path[LIMIT_PATH], why[PROGRAM_ERROR];
	int error;

	if (o->resident != NULL) {
		const int fd = reach(f, o->resident,
				     "start the backend that listens there, "
				     "pop3-skel-backend.socket say");

		if (fd >= 0)
			close(fd);
		return fd >= 0 && finding_seen() &&
		       channel_connect(&s->backend, &s->io, o->resident,
				       (int64_t)o->backend_timeout * 1000,
				       &doubt) == 0;
	}
	error = start_program(s, o->backend, path);
	if (error != 0)
		finding(f, EX_TEMPFAIL,
			"the backend %.200s cannot be started (%s): install "
			"it, or name another behind the options",
			o->backend[0],
			program_error(program_backend(o->backend[0], path),
				      -error, why));
	return error == 0;
}

/* ... as the first request of a session. */
static void greet(struct session *s, struct findings *f)
{
	const struct channel *const b = &s->backend;
	const struct answer *const a = &s->answer;
	const char *const name = s->options->backend[0];

	if (hello_ask(s)) {
		if (a->result != WIRE_OK)
			finding(f, EX_TEMPFAIL,
				"the backend %.200s turns clients away: %.*s",
				name, (int)a->text_len, a->text);
		return;
	}
	if (b->fault.what == NULL)
		return;
	if (b->child.exited && !b->child.signalled &&
	    b->child.status == EX_USAGE)
		finding(f, EX_USAGE,
			"the backend %.200s cannot make sense of what stands "
			"behind its name: mend that",
			name);
	else
		finding(f, EX_TEMPFAIL,
			"the backend %.200s does not answer hello (%s): each "
			"client will hear that it failed; mend it, with "
			"--debug to see what is said",
			name, b->fault.what);
}

int check_run(struct session *s, const struct options *o, struct peer *peer,
	      const char *id)
{
	struct findings f = { .program = program, .status = EX_OK };

	serve_start(s, o, peer, id);
	look_for_stls(&f, o);
	look_for_spool(&f);
	look_for_record(&f, o);
	if (start(s, &f))
		greet(s, &f);
	lock_free(&s->locks, 0);
	session_stop(s);
	if (geteuid() == 0 && !o->allow_root && finding_seen())
		finding(&f, f.status,
			"this was checked as root, who may read everything: "
			"check as the user that serves");
	return f.status;
}

int check_refused(const char *why, int status)
{
	struct findings f = { .program = program, .status = EX_OK };

	finding(&f, status, "%s", why);
	return f.status;
}
