/* SPDX-License-Identifier: ISC */
/*
 * pop3-skel-tls: one long-lived process that ends TLS. This file is the order
 * of things: descriptors, options, log, certificates, sockets, the end of being
 * root, loop, exit status.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "os/become.h"
#include "os/descriptors.h"
#include "os/listen.h"
#include "os/log.h"
#include "os/stay.h"
#include "tls/check.h"
#include "tls/loop.h"
#include "tls/notify.h"

/* Two a session: as many as the hard limit lets us have. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* NAME[:GROUP]; false where there is none, or it is root. */
static bool become(const char *word)
{
	const size_t n = strcspn(word, ":");
	char name[64];
	const struct passwd *user;
	const struct group *group = NULL;
	gid_t gid;

	if (n >= sizeof(name))
		return false;
	memcpy(name, word, n);
	name[n] = '\0';
	user = getpwnam(name);
	if (user == NULL)
		return false;
	gid = user->pw_gid;
	if (word[n] == ':') {
		group = getgrnam(word + n + 1);
		if (group == NULL)
			return false;
		gid = group->gr_gid;
	}
	return user->pw_uid != 0 && gid != 0 && become_user(user->pw_uid, gid);
}

static void note_invalid(const char *file)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", "a certificate is not valid now");
	log_text(&l, "file", file);
	log_end(&l);
}

/* A line for each socket. */
static void tell_started(const struct listeners *listeners,
			 const struct options *o)
{
	for (size_t i = 0; i < listeners->count; i++) {
		struct log_line l;
		char name[128];

		listen_name(listeners->fds[i], name);
		log_start(&l, LOG_PRIORITY_INFO, "started");
		log_text(&l, "listen", name);
		log_text(&l, "to", listeners->control[i] ? "who asks" : o->to);
		log_end(&l);
	}
}

static void load(struct contexts *contexts, const struct options *o,
		 struct tickets *tickets)
{
	char error[256];

	if (!ticket_start(tickets, (int64_t)o->ticket_time * 1000, stay_now()))
		stay_give_up(EX_TEMPFAIL, "there are no random numbers");
	if (!context_open(contexts, o, tickets, error))
		stay_give_up(EX_TEMPFAIL, error);
	if (contexts->invalid != NULL)
		note_invalid(contexts->invalid);
}

static struct per_source *make_table(const struct options *o)
{
	const struct per_source_limits limits = {
		.per_source = o->max_per_source,
		.rate = o->rate_per_source,
	};
	void *const memory = calloc(1, per_source_octets(o->max_sessions));

	if (memory == NULL)
		return NULL;
	return per_source_table(memory, o->max_sessions, &limits, stay_seed());
}

int main(int argc, char **argv)
{
	const int closed = descriptors_fill();
	enum options_verdict verdict;
	static struct options options;
	struct contexts contexts;
	struct listeners listeners;
	struct tickets tickets;
	struct per_source *sources;
	char error[256];
	int signals;

	/* It holds the keys. */
	become_private();
	verdict = options_parse(&options, argc, argv, error);
	if (verdict == OPTIONS_DONE)
		return stay_printed() ? EX_OK : EX_TEMPFAIL;
	descriptors_discard(STDIN_FILENO);
	descriptors_discard(STDOUT_FILENO);
	if (options.check)
		return check_run(&options,
				 verdict == OPTIONS_WRONG ? error : NULL);
	log_open(LOG_TO_AUTO, NULL,
		 closed < 0 || (closed & DESCRIPTORS_ERRORS));
	if (closed < 0)
		stay_give_up(EX_TEMPFAIL, "/dev/null cannot be opened");
	if (verdict == OPTIONS_WRONG)
		stay_give_up(EX_USAGE, error);
	if (geteuid() == 0 && options.user == NULL)
		stay_give_up(EX_USAGE,
			     "it runs as root: --user tells who it is to be");
	load(&contexts, &options, &tickets);
	if (!listener_open(&listeners, &options, error))
		stay_give_up(EX_TEMPFAIL, error);
	raise_descriptors();
	if (options.user != NULL && geteuid() == 0 && !become(options.user))
		stay_give_up(EX_USAGE, "--user is none that root can become");
	sources = make_table(&options);
	signals = stay_signals(false);
	if (sources == NULL || signals < 0)
		stay_give_up(EX_TEMPFAIL, "out of memory or descriptors");
	tell_started(&listeners, &options);
	notify("READY=1");
	if (!loop_run(&options, &contexts, &tickets, &listeners, sources,
		      signals))
		stay_give_up(EX_TEMPFAIL, "out of memory or descriptors");
	return EX_OK;
}
