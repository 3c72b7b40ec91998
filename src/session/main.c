/* SPDX-License-Identifier: ISC */
/*
 * The order of things: descriptors, options, log, peer, session, exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "os/become.h"
#include "os/descriptors.h"
#include "os/log.h"
#include "os/peer.h"
#include "os/program.h"
#include "session/check.h"
#include "session/options-parse.h"
#include "session/serve.h"

/* Ends before there is a session: one line, and the exit status. */
static int refuse(const char *why, bool closed, int status)
{
	struct log_line l;

	log_open(LOG_TO_AUTO, NULL, closed);
	log_start(&l, LOG_PRIORITY_ERROR, "fault");
	log_text(&l, "what", why);
	log_end(&l);
	return status;
}

/*
 * Descriptors 0 to 2 exist, and no others. Returns whether 2 was closed;
 * without 0 and 1 there is no client.
 */
static bool settle_descriptors(void)
{
	const int closed = descriptors_fill();

	if (closed < 0)
		exit(refuse("/dev/null cannot be opened", true, EX_TEMPFAIL));
	if (closed & (DESCRIPTORS_INPUT | DESCRIPTORS_OUTPUT))
		exit(EX_USAGE);
	descriptors_close_others();
	return closed != 0;
}

/* Where a page more would be a SIGSEGV nobody would know why. */
static bool stack_too_small(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_STACK, &limit) == 0 &&
	       limit.rlim_cur < LIMIT_STACK;
}

/* Sixteen hex digits that name the session. */
static void make_id(char id[17])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char random[8];

	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		memcpy(random, &now.tv_nsec, sizeof(random));
		random[7] = (unsigned char)getpid();
	}
	for (int i = 0; i < 8; i++) {
		id[2 * i] = hex[random[i] >> 4];
		id[2 * i + 1] = hex[random[i] & 15];
	}
	id[16] = '\0';
}

static int serve(struct session *session, const struct options *options,
		 bool closed)
{
	struct peer peer;
	char id[17];

	make_id(id);
	log_open(options->log, id, closed);
	peer_find(&peer);
	log_address(peer.remote_address);
	return serve_session(session, options, &peer, id);
}

/*
 * Options that make no sense, or cannot be read: so the log hears, and a client
 * who is there. He may have said something already, a PROXY header say.
 */
static void not_set_up(struct io *io, const char *why, bool closed)
{
	static const char reply[] =
		"-ERR [SYS/TEMP] the server is not set up\r\n";

	refuse(why, closed, EX_USAGE);
	io_start(io, LIMIT_IDLE * 1000);
	if (!io->socket)
		return;
	io_put(io, reply, sizeof(reply) - 1);
	io_end(io, false);
}

/* What is to be said goes to standard error; there is no client. */
static int check(struct session *session, const struct options *options)
{
	struct peer nobody = { .local = true };
	char id[17];

	make_id(id);
	descriptors_discard(STDIN_FILENO);
	descriptors_discard(STDOUT_FILENO);
	log_open(LOG_TO_STDERR, NULL, false);
	return check_run(session, options, &nobody, id);
}

int main(int argc, char **argv)
{
	const bool closed = settle_descriptors();
	/*
	 * Large, and almost none of it touched: pages that are not there until
	 * they are used, and none for an allocator. On the stack they would be,
	 * for its guard probes them.
	 */
	struct all {
		struct options options;
		struct session session;
	} *const all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char error[256];
	int status = EX_TEMPFAIL;

	if (stack_too_small())
		return refuse("RLIMIT_STACK is below 64 KiB", closed, status);
	become_private();
	program_settle();
	if (all == MAP_FAILED)
		return refuse("out of memory", closed, status);
	switch (options_parse(&all->options, argc, argv, error)) {
	case OPTIONS_DONE:
		status = fflush(stdout) == 0 && !ferror(stdout) ? EX_OK
								: EX_TEMPFAIL;
		break;
	case OPTIONS_WRONG:
		status = EX_USAGE;
		if (!all->options.check)
			not_set_up(&all->session.io, error, closed);
		else
			status = check_refused(error, all->options.unread
							      ? EX_TEMPFAIL
							      : EX_USAGE);
		break;
	case OPTIONS_SERVE:
		if (all->options.check) {
			status = check(&all->session, &all->options);
			break;
		}
		/* A super-server of ours, about the socket that it came by. */
		all->options.proxy |= getenv("POP3_SKEL_PROXY") != NULL;
		status = serve(&all->session, &all->options, closed);
		break;
	}
	return status;
}
