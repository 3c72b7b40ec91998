/* SPDX-License-Identifier: ISC */
#include "backends/kit/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *program;

void coprocess_start(const char *name)
{
	program = name;
	prctl(PR_SET_DUMPABLE, 0);
}

void coprocess_log(const char *what, const char *about)
{
	dprintf(STDERR_FILENO, "<3>%s: %s: %s\n", program, what, about);
}

/*
 * Strict turns: nothing follows a request before it is answered, so that what
 * is read ends with its LF.
 */
bool coprocess_request(char request[COPROCESS_REQUEST])
{
	size_t len = 0;

	while (len < COPROCESS_REQUEST) {
		const ssize_t n = read(STDIN_FILENO, request + len,
				       COPROCESS_REQUEST - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		len += (size_t)n;
		if (request[len - 1] != '\n')
			continue;
		request[len - 1] = '\0';
		return true;
	}
	coprocess_log("request", "too long");
	return false;
}

char *coprocess_field(char **rest)
{
	char *const field = *rest;
	char *const blank = strchr(field, ' ');

	if (blank == NULL)
		return NULL;
	*blank = '\0';
	*rest = blank + 1;
	return field;
}

void coprocess_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(COPROCESS_TROUBLE);
		data += n;
		len -= (size_t)n;
	}
}

void coprocess_say(const char *text)
{
	coprocess_write(STDOUT_FILENO, text, strlen(text));
}

bool coprocess_become(uid_t uid, gid_t gid)
{
	if (uid == 0 || gid == 0)
		return false;
	if (setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
	    setresuid(uid, uid, uid) == 0 && setuid(0) < 0 &&
	    prctl(PR_SET_DUMPABLE, 0) == 0)
		return true;
	coprocess_log("root could not be given up", strerror(errno));
	_exit(COPROCESS_TROUBLE);
}

void coprocess_line_become(uid_t uid, gid_t gid)
{
	char text[64];

	snprintf(text, sizeof(text), "become %lu %lu\n", (unsigned long)uid,
		 (unsigned long)gid);
	coprocess_say(text);
}

void coprocess_say_become(uid_t uid, gid_t gid)
{
	coprocess_line_become(uid, gid);
	coprocess_say("OK\n");
}

void coprocess_line_lock(const char *folder)
{
	const int fd =
		open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	char here[4096] = "", line[COPROCESS_REQUEST];
	int n = -1;

	if (fd < 0)
		return;
	close(fd);
	if (folder[0] == '/' || getcwd(here, sizeof(here)) != NULL)
		n = snprintf(line, sizeof(line), "lock %s%s%s/.\n", here,
			     folder[0] == '/' ? "" : "/", folder);
	/* One line, whatever a home folder is named. */
	if (n > 0 && (size_t)n < sizeof(line) &&
	    strcspn(line, "\r\n") + 1 == (size_t)n)
		coprocess_say(line);
}

const char *coprocess_path(const char *name)
{
	static char path[4096];
	const char *folder = getenv("POP3_SKEL_BACKENDS");
	int n;

	if (folder == NULL)
		folder = BACKEND_DIR;
	n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (strchr(name, '/') != NULL || (size_t)n >= sizeof(path) ||
	    access(path, X_OK) < 0)
		return name;
	return path;
}

void coprocess_exec_alone(const char *const argv[])
{
	/* musl has no closefrom(3). */
	if (syscall(SYS_close_range, STDERR_FILENO + 1u, ~0u, 0u) != 0) {
		coprocess_log("close_range", strerror(errno));
		_exit(COPROCESS_TROUBLE);
	}
	coprocess_exec(argv);
}

void coprocess_exec(const char *const argv[])
{
	execvp(argv[0], (char *const *)argv);
	coprocess_log(argv[0], strerror(errno));
	_exit(COPROCESS_TROUBLE);
}
