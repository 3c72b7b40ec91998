/* SPDX-License-Identifier: ISC */
#include "backends/kit/next.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "os/descriptors.h"
#include "os/program.h"

const char *next_path(const char *name)
{
	static char path[LIMIT_PATH];

	return program_backend(name, path);
}

void next_exec(const char *const argv[])
{
	execvp(argv[0], (char *const *)argv);
	report_plain(argv[0], strerror(errno));
	_exit(EX_TEMPFAIL);
}

void next_exec_alone(const char *const argv[])
{
	if (!descriptors_close_others()) {
		report_plain("close_range", strerror(errno));
		_exit(EX_TEMPFAIL);
	}
	next_exec(argv);
}
