/* SPDX-License-Identifier: ISC */
#include "accept/sessions.h"

#include <errno.h>
#include <limits.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/process.h"
#include "os/program.h"

/* A session that may be ended. */
struct silent {
	size_t at; /* in the list */
	uint32_t row;
	uint32_t crowd; /* how many of its source there are */
	int64_t ms, fair; /* how long it is silent, and has to be at least */
};

/* What a super-server told us is not our children's. */
static bool inherited(const char *entry)
{
	static const char *const dropped[] = {
		"LISTEN_", "NOTIFY_SOCKET=",	"WATCHDOG_",
		"REMOTE_", "POP3_SKEL_FAILED=", "POP3_SKEL_PROXY="
	};

	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (strncmp(entry, dropped[i], strlen(dropped[i])) == 0)
			return false;
	return true;
}

static bool copy_environment(struct sessions *c)
{
	static char failed[] = "POP3_SKEL_FAILED=77";
	size_t entries = 0;

	while (environ[entries] != NULL)
		entries++;
	c->environment = malloc((entries + 5) * sizeof(environ[0]));
	if (c->environment == NULL)
		return false;
	for (size_t i = 0; i < entries; i++)
		if (inherited(environ[i]))
			c->environment[c->variables++] = environ[i];
	c->environment[c->variables++] = failed;
	return true;
}

/* Some descriptors are left for new connections, and the C library's. */
static int most_kept(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < 128)
		return 0;
	return limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur - 64;
}

bool sessions_prepare(struct sessions *c, char **argv, size_t room, bool mute,
		      char error[256])
{
	static char name[] = "pop3-skel";
	static char *alone[] = { name, NULL };
	char path[LIMIT_PATH];

	*c = (struct sessions){
		.argv = argv != NULL ? argv : alone,
		.room = room,
		.kept = most_kept(),
		.mute = mute,
	};
	if (program_beside(c->argv[0], path))
		c->argv[0] = strdup(path);
	if (c->argv[0] == NULL || !program_found(c->argv[0])) {
		snprintf(error, 256, "cannot execute %.120s: %s", c->argv[0],
			 strerror(errno));
		return false;
	}
	process_ignored(&c->defaults);
	c->list = malloc(room * sizeof(c->list[0]));
	c->silent = malloc(room * sizeof(c->silent[0]));
	if (c->list != NULL && c->silent != NULL && copy_environment(c))
		return true;
	snprintf(error, 256, "no memory for %zu sessions", room);
	return false;
}

void sessions_free(struct sessions *c)
{
	free(c->list);
	free(c->silent);
	free(c->environment);
}

static void tell(struct sessions *c, const union address *from, bool proxied)
{
	static char header[] = "POP3_SKEL_PROXY=1";
	char text[46], port[6];
	size_t n = c->variables;

	if (address_show(from, text, port)) {
		stpcpy(stpcpy(c->address, "REMOTE_ADDR="), text);
		stpcpy(stpcpy(c->port, "REMOTE_PORT="), port);
		c->environment[n++] = c->address;
		c->environment[n++] = c->port;
	}
	if (proxied)
		c->environment[n++] = header;
	c->environment[n] = NULL;
}

static void let_go(struct session_process *child)
{
	if (child->connection >= 0)
		close(child->connection);
	child->connection = -1;
}

int sessions_start(struct sessions *c, int connection,
		   const union address *from, bool proxied, uint32_t row)
{
	struct session_process *const child = &c->list[c->count];
	const struct process_way way = {
		.from = { connection, connection,
			  c->mute ? PROCESS_CLOSED : STDERR_FILENO },
		.defaults = c->defaults,
	};
	int error;

	tell(c, from, proxied);
	error = process_spawn(&child->pid, c->argv, c->environment, &way);
	if (error < 0)
		return error;
	child->row = row;
	child->ended = false;
	child->connection = connection;
	if (connection >= c->kept)
		let_go(child);
	c->count++;
	return 0;
}

/*
 * For how many ms a client has kept silent after what was sent to it; 0 where
 * it was sent nothing yet, and -1 where it has said something, or is no TCP
 * client: TCP alone tells. *fair is how long it has to be heard, `most` at most.
 */
static int64_t silence(int connection, int64_t *fair, int64_t most)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(connection, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
	    len < offsetof(struct tcp_info, tcpi_delivery_rate) ||
	    info.tcpi_bytes_received > 0)
		return -1;
	*fair = SESSIONS_HEARD +
		SESSIONS_ROUNDS * (int64_t)info.tcpi_rtt / 1000;
	if (info.tcpi_unacked > 0 || *fair > most)
		*fair = most;
	return info.tcpi_data_segs_out > 0 ? info.tcpi_last_data_sent : 0;
}

static int by_source(const void *a, const void *b)
{
	const struct silent *const one = a, *const two = b;

	return (one->row > two->row) - (one->row < two->row);
}

static int by_turn(const void *a, const void *b)
{
	const struct silent *const one = a, *const two = b;

	if (one->crowd != two->crowd)
		return one->crowd < two->crowd ? 1 : -1;
	return (one->ms < two->ms) - (one->ms > two->ms);
}

/*
 * Leaves those that have to go, in their order, and returns how many: the
 * silent ones of one source share the patience of one.
 */
static size_t queue_up(struct silent *silent, size_t count, int64_t patience)
{
	size_t from = 0, left = 0;

	qsort(silent, count, sizeof(silent[0]), by_source);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && silent[i + 1].row == silent[from].row)
			continue;
		/* Who has no row has no neighbours either. */
		for (size_t k = from; k <= i; k++)
			silent[k].crowd = silent[k].row != UINT32_MAX
						  ? (uint32_t)(i + 1 - from)
						  : 1;
		from = i + 1;
	}
	for (size_t i = 0; i < count; i++)
		if (silent[i].ms >= silent[i].fair &&
		    silent[i].ms >= patience / silent[i].crowd)
			silent[left++] = silent[i];
	qsort(silent, left, sizeof(silent[0]), by_turn);
	return left;
}

size_t sessions_end_silent(struct sessions *c, int64_t patience, int64_t most,
			   size_t wanted)
{
	size_t found = 0, ended = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct session_process *const child = &c->list[i];
		struct silent silent = { .at = i, .row = child->row };

		if (child->connection < 0)
			continue;
		silent.ms = silence(child->connection, &silent.fair, most);
		if (silent.ms < 0)
			let_go(child);
		else
			c->silent[found++] = silent;
	}
	found = queue_up(c->silent, found, patience);
	for (; ended < found && c->ending < wanted; ended++) {
		struct session_process *const child =
			&c->list[c->silent[ended].at];

		kill(child->pid, SIGTERM);
		let_go(child);
		child->ended = true;
		c->ending++;
	}
	return ended;
}

bool sessions_reap(struct sessions *c, struct session_end *end)
{
	size_t i = 0;
	int status;
	pid_t pid;

	/* What was a child of who exec'ed us is nobody's session. */
	do {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			return false;
		for (i = 0; i < c->count && c->list[i].pid != pid;)
			i++;
	} while (i == c->count);
	*end = (struct session_end){
		.pid = pid,
		.row = c->list[i].row,
		.signal = WIFSIGNALED(status) && !(c->list[i].ended &&
						   WTERMSIG(status) == SIGTERM)
				  ? WTERMSIG(status)
				  : 0,
		.failed = WIFEXITED(status) &&
			  WEXITSTATUS(status) == SESSIONS_FAILED,
	};
	c->ending -= c->list[i].ended;
	let_go(&c->list[i]);
	c->list[i] = c->list[--c->count];
	return true;
}

void sessions_signal(const struct sessions *c, int number)
{
	/* Not reaped yet: the numbers still are theirs. */
	for (size_t i = 0; i < c->count; i++)
		kill(c->list[i].pid, number);
}
