/* SPDX-License-Identifier: ISC */
/*
 * pop3-skel-tls: one long-lived process that ends TLS. This file is the order
 * of things: descriptors, options, log, certificates, sockets, the end of being
 * root, loop, exit status.
 */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "os/become.h"
#include "os/descriptors.h"
#include "os/listen.h"
#include "os/log.h"
#include "tls/loop.h"
#include "tls/notify.h"

/* Nobody is there, whoever had it before. */
static void discard(int fd)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, fd);
	close(null);
}

_Noreturn static void give_up(int status, const char *why)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "what", why);
	log_end(&l);
	exit(status);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Blocked as well: a log that nobody reads any more ends nothing. */
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigdelset(&set, SIGPIPE);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

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
	struct timespec now;
	const char *invalid;
	char error[256];

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!ticket_start(tickets, (int64_t)o->ticket_time * 1000,
			  (int64_t)now.tv_sec * 1000))
		give_up(EX_TEMPFAIL, "there are no random numbers");
	if (!context_open(contexts, o, tickets, error))
		give_up(EX_TEMPFAIL, error);
	invalid = context_invalid(contexts, o);
	if (invalid != NULL)
		note_invalid(invalid);
	if (o->check)
		exit(invalid == NULL ? EX_OK : EX_TEMPFAIL);
}

static struct per_source *make_table(const struct options *o)
{
	const struct per_source_limits limits = {
		.per_source = o->max_per_source,
		.rate = o->rate_per_source,
	};
	void *const memory = calloc(1, per_source_octets(o->max_sessions));
	uint64_t seed = 0;

	if (memory == NULL)
		return NULL;
	/* Where there is no random number, clients may choose their chain. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uint64_t)getpid();
	return per_source_table(memory, o->max_sessions, &limits, seed);
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
		return fflush(stdout) == 0 && !ferror(stdout) ? EX_OK
							      : EX_TEMPFAIL;
	discard(STDIN_FILENO);
	discard(STDOUT_FILENO);
	log_open(LOG_TO_AUTO, NULL,
		 closed < 0 || (closed & DESCRIPTORS_ERRORS));
	if (verdict == OPTIONS_WRONG)
		give_up(EX_USAGE, error);
	if (geteuid() == 0 && options.user == NULL && !options.check)
		give_up(EX_USAGE,
			"it runs as root: --user tells who it is to be");
	load(&contexts, &options, &tickets);
	if (!listener_open(&listeners, &options, error))
		give_up(EX_TEMPFAIL, error);
	raise_descriptors();
	if (options.user != NULL && geteuid() == 0 && !become(options.user))
		give_up(EX_USAGE, "--user is none that root can become");
	sources = make_table(&options);
	signals = open_signals();
	if (sources == NULL || signals < 0)
		give_up(EX_TEMPFAIL, "out of memory or descriptors");
	tell_started(&listeners, &options);
	notify("READY=1");
	if (!loop_run(&options, &contexts, &tickets, &listeners, sources,
		      signals))
		give_up(EX_TEMPFAIL, "out of memory or descriptors");
	return EX_OK;
}
