/* SPDX-License-Identifier: ISC */
#include "accept/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "accept/sessions.h"
#include "os/finding.h"
#include "os/listen.h"
#include "os/process.h"

static void look_at_sockets(struct findings *f, const struct options *o)
{
	for (size_t i = 0; i < o->listen_count; i++)
		if (!listen_sense(o->listen[i]))
			finding(f, EX_USAGE,
				"cannot listen on %.80s: name an ADDR:PORT, "
				"[ADDR6]:PORT or /PATH",
				o->listen[i]);
}

/* ... with --check as its first word; what it finds it tells itself. */
static int run(char *const argv[])
{
	static char word[] = "--check";
	const struct process_way way = { .from = { 0, 1, 2 } };
	size_t count = 0;
	char **longer;
	pid_t pid;
	int status;

	while (argv[count] != NULL)
		count++;
	longer = calloc(count + 2, sizeof(longer[0]));
	if (longer == NULL)
		return -1;
	longer[0] = argv[0];
	longer[1] = word;
	memcpy(longer + 2, argv + 1, count * sizeof(argv[0]));
	status = process_spawn(&pid, longer, environ, &way);
	free(longer);
	if (status == 0)
		status = process_wait(pid);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void look_at_program(struct findings *f, const struct options *o)
{
	struct sessions sessions;
	char error[256];
	const char *name;
	int status;

	if (!sessions_prepare(&sessions, o->program, 1, false, error)) {
		finding(f, EX_TEMPFAIL,
			"%s: install it, or name another behind the options",
			error);
		return;
	}
	name = strrchr(sessions.argv[0], '/');
	name = name != NULL ? name + 1 : sessions.argv[0];
	status = strcmp(name, "pop3-skel") == 0 ? run(sessions.argv) : EX_OK;
	if (status == EX_USAGE || (status == EX_TEMPFAIL && f->status == EX_OK))
		f->status = status;
	else if (status != EX_OK && status != EX_TEMPFAIL)
		finding(f, EX_TEMPFAIL,
			"%.200s --check did not come to its end: start it by "
			"hand to see why",
			sessions.argv[0]);
	sessions_free(&sessions);
}

int check_run(const struct options *o, const char *wrong)
{
	struct findings f = { .program = "pop3-skel-accept", .status = EX_OK };

	if (wrong != NULL) {
		finding(&f, EX_USAGE, "%s", wrong);
		return f.status;
	}
	look_at_sockets(&f, o);
	look_at_program(&f, o);
	return f.status;
}
