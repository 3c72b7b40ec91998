/* SPDX-License-Identifier: ISC */
#include "backends/kit/next.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "os/descriptors.h"
#include "os/program.h"
#include "pure/text.h"

const char *next_path(const char *name)
{
	static char path[LIMIT_PATH];

	return program_backend(name, path);
}

void next_failed(const char *name, int error)
{
	char why[PROGRAM_ERROR], data[PROGRAM_ERROR + LIMIT_PATH];
	struct text text = { .data = data, .size = sizeof(data) - 1 };

	text_string(&text, program_error(name, error, why));
	if (strchr(name, '/') == NULL) {
		text_string(&text, ", in ");
		text_string(&text, program_backends());
		text_string(&text, " and in PATH");
	}
	data[text.len] = '\0';
	report_plain(name, data);
}

void next_exec(const char *const argv[])
{
	execvp(argv[0], (char *const *)argv);
	next_failed(argv[0], errno);
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
