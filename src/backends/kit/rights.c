/* SPDX-License-Identifier: ISC */
#include "backends/kit/rights.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "os/become.h"
#include "os/process.h"
#include "pure/text.h"

/* Whom nobody is: nothing is done as that user. */
enum { ANYBODY = 65533 };

/* Whether we may see which program another user's process runs. */
static bool seen_from_here(pid_t pid)
{
	char data[40];
	struct text path = { .data = data, .size = sizeof(data) };
	struct stat st;

	text_string(&path, "/proc/");
	text_number(&path, (uint64_t)pid);
	text_add(&path, "/exe", sizeof("/exe"));
	return stat(data, &st) == 0;
}

void rights_lost(void)
{
	report(REPORT_ERROR, "root could not be given up, " RIGHTS_HINT, errno);
}

bool rights_become(bool seen)
{
	char became = 0;
	int ends[2];
	bool good;
	pid_t pid;

	if (pipe(ends) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		became = become_user(ANYBODY, ANYBODY);
		/* To become another clears it; the pipe tells who is gone by now. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ends[1], &became, 1) == 1)
			pause();
		_exit(0);
	}
	close(ends[1]);
	good = pid > 0 && read(ends[0], &became, 1) == 1 && became &&
	       (!seen || seen_from_here(pid));
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		process_wait(pid);
	}
	return good;
}

const char *rights_check(bool seen)
{
	if (geteuid() != 0)
		return "TEMP it is not root, and can make nobody of itself who "
		       "logs in: give the service the drop-in become.conf, and "
		       "its socket socket-user.conf with User=root, of "
		       "pop3-skel-accept(8)\n";
	if (!rights_become(false))
		return "TEMP it is root, and may not become another user: give "
		       "the service the drop-in become.conf of "
		       "pop3-skel-accept(8)\n";
	if (seen && !rights_become(true))
		return "TEMP it may not see what another user runs: give the "
		       "service the drop-in checkpassword.conf of "
		       "pop3-skel-accept(8)\n";
	return NULL;
}
