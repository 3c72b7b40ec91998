/* SPDX-License-Identifier: ISC */
#include "os/stay.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "os/log.h"

int64_t stay_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool stay_printed(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

_Noreturn void stay_give_up(int status, const char *why)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "what", why);
	log_end(&l);
	exit(status);
}

int stay_signals(bool children)
{
	sigset_t set;

	sigemptyset(&set);
	if (children)
		sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Blocked as well: a log that nobody reads any more ends nothing. */
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigdelset(&set, SIGPIPE);
	/* Ignored, it would reap our children for us. */
	if (children)
		signal(SIGCHLD, SIG_DFL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

uint64_t stay_seed(void)
{
	uint64_t seed = 0;

	/* Where there is no random number, clients may choose their chain. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uint64_t)getpid();
	return seed;
}

bool stay_due(int64_t *told, int64_t now)
{
	if (*told > 0 && now - *told < STAY_REMINDER)
		return false;
	*told = now;
	return true;
}

bool stay_may_tell(struct stay_lines *lines, int64_t now, const char *more)
{
	struct log_line line;

	if (now - lines->since >= STAY_REMINDER) {
		if (lines->left_out > 0) {
			log_start(&line, LOG_PRIORITY_NOTICE, "note");
			log_text(&line, "what", more);
			log_number(&line, "count", lines->left_out);
			log_end(&line);
		}
		*lines = (struct stay_lines){ .since = now };
	}
	if (lines->count < STAY_LINES) {
		lines->count++;
		return true;
	}
	lines->left_out++;
	return false;
}
