/* SPDX-License-Identifier: ISC */
/*
 * pop3-skel-accept: one long-lived process that starts a session for each
 * connection. This file is the order of things: descriptors, options, log,
 * sockets, signals, loop, exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "accept/check.h"
#include "accept/loop.h"
#include "accept/notify.h"
#include "os/become.h"
#include "os/descriptors.h"
#include "os/listen.h"
#include "os/log.h"
#include "os/stay.h"

/* A line for each socket. */
static void tell_started(const struct listeners *listeners,
			 const struct sessions *sessions)
{
	for (size_t i = 0; i < listeners->count; i++) {
		struct log_line l;
		char name[128];

		listen_name(listeners->fds[i], name);
		log_start(&l, LOG_PRIORITY_INFO, "started");
		log_text(&l, "listen", name);
		log_text(&l, "program", sessions->argv[0]);
		log_end(&l);
	}
}

int main(int argc, char **argv)
{
	const int closed = descriptors_fill();
	enum options_verdict verdict;
	struct options options;
	struct listeners listeners;
	struct sessions sessions;
	struct per_source_limits limits;
	struct per_source *sources;
	void *table;
	char error[256];
	bool mute;
	int signals;

	/* What systemd's are, and strays, reaches no session. */
	descriptors_keep_others();
	/* It holds the sockets, and its sessions are the same user. */
	become_private();
	verdict = options_parse(&options, argc, argv, error);
	if (verdict == OPTIONS_DONE && stay_printed())
		return EX_OK;
	descriptors_discard(STDOUT_FILENO);
	if (options.check)
		return check_run(&options,
				 verdict == OPTIONS_WRONG ? error : NULL);
	/* Standard error is unfit where inetd made it the listening socket. */
	mute = log_open(LOG_TO_AUTO, NULL,
			closed < 0 || (closed & DESCRIPTORS_ERRORS)) ==
	       LOG_TO_SYSLOG;
	if (closed < 0)
		stay_give_up(EX_TEMPFAIL, "/dev/null cannot be opened");
	if (verdict == OPTIONS_DONE)
		stay_give_up(EX_TEMPFAIL, "standard output cannot be written");
	if (verdict == OPTIONS_WRONG)
		stay_give_up(EX_USAGE, error);
	if (!sessions_prepare(&sessions, options.program, options.max_sessions,
			      mute, error))
		stay_give_up(EX_USAGE, error);
	if (!listener_open(&listeners, &options, error))
		stay_give_up(EX_TEMPFAIL, error);
	descriptors_discard(STDIN_FILENO);
	/* An inetd that is a unit leaves us what is its own. */
	if (listeners.inetd)
		notify_nobody();
	if (options.idle_exit == UINT64_MAX)
		options.idle_exit = listeners.inetd ? OPTIONS_IDLE_INETD : 0;
	limits = (struct per_source_limits){
		.per_source = options.max_per_source,
		.rate = options.rate_per_source,
		.failures = options.failures_per_source,
	};
	table = calloc(1, per_source_octets(options.max_sessions));
	signals = stay_signals(true);
	if (table == NULL || signals < 0)
		stay_give_up(EX_TEMPFAIL, "out of memory or descriptors");
	sources = per_source_table(table, options.max_sessions, &limits,
				   stay_seed());
	tell_started(&listeners, &sessions);
	notify_ready();
	loop_run(&options, &listeners, &sessions, sources, signals);
	listener_close(&listeners);
	sessions_free(&sessions);
	free(table);
	return EX_OK;
}
