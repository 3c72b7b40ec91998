/* SPDX-License-Identifier: ISC */
#include "backends/kit/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "os/process.h"
#include "os/program.h"
#include "pure/password-field.h"

static struct password wanted;

bool password_checkable(const char *field)
{
	const bool good = password_parse(&wanted, field) == PASSWORD_GOOD;

	password_forget(&wanted);
	return good;
}

/* Every octet of the password is compared, whatever the first ones were. */
static enum password_verdict check_plain(const char *stored, const char *given)
{
	const size_t stored_len = strlen(stored);
	const size_t given_len = strlen(given);
	size_t differ = stored_len ^ given_len;

	for (size_t i = 0; i < given_len; i++)
		differ |= (size_t)((unsigned char)stored[i % stored_len] ^
				   (unsigned char)given[i]);
	return differ ? PASSWORD_WRONG : PASSWORD_RIGHT;
}

/* -errno where it does not start. */
static int spawn_in(const char *folder, int input, pid_t *pid)
{
	char path[LIMIT_PATH], *argv[] = { path, NULL }, *none[] = { NULL };
	/* Its output would be taken for an answer of ours. */
	struct process_way way = { .from = { input, STDERR_FILENO,
					     STDERR_FILENO } };

	/* With SIGPIPE as it was before it was ignored for our own write. */
	sigemptyset(&way.defaults);
	sigaddset(&way.defaults, SIGPIPE);
	if (!program_in(folder, "maildir-crypt", path))
		return -ENOENT;
	return process_spawn(pid, argv, none, &way);
}

/* Beside this program first: a build tree is not installed anywhere. */
static int spawn_crypt(int input, pid_t *pid)
{
	const int error = spawn_in(program_backends(), input, pid);

	return error == -ENOENT ? spawn_in(BACKEND_DIR, input, pid) : error;
}

/* A program that ends early says why by its status: no error here. */
static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static enum password_verdict crypt_verdict(pid_t pid)
{
	const int status = process_wait(pid);

	if (status >= 0 && WIFEXITED(status)) {
		switch (WEXITSTATUS(status)) {
		case 0:
			return PASSWORD_RIGHT;
		case 1:
			return PASSWORD_WRONG;
		case 2:
			return PASSWORD_BAD_HASH;
		}
	}
	report(REPORT_ERROR, "maildir-crypt failed", status < 0 ? errno : 0);
	return PASSWORD_TROUBLE;
}

static enum password_verdict check_hash(const char *field, const char *password)
{
	struct sigaction old;
	pid_t pid;
	int fds[2];
	int r;

	if (pipe2(fds, O_CLOEXEC)) {
		report(REPORT_ERROR, "no pipe to maildir-crypt", errno);
		return PASSWORD_TROUBLE;
	}
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, &old);
	r = spawn_crypt(fds[0], &pid);
	close(fds[0]);
	if (!r) {
		send_all(fds[1], field, strlen(field) + 1);
		send_all(fds[1], password, strlen(password) + 1);
	}
	close(fds[1]);
	sigaction(SIGPIPE, &old, NULL);
	if (!r)
		return crypt_verdict(pid);
	report_path(REPORT_ERROR,
		    "maildir-crypt does not start, and all but {PLAIN} "
		    "needs it",
		    program_backends(), strlen(program_backends()), -r);
	return PASSWORD_TROUBLE;
}

enum password_verdict password_check(const char *field, const char *password)
{
	const enum password_fault fault = password_parse(&wanted, field);
	enum password_verdict verdict = PASSWORD_BAD_HASH;

	if (fault == PASSWORD_NO_SCHEME)
		verdict = PASSWORD_BAD_SCHEME;
	else if (fault == PASSWORD_DEAR)
		verdict = PASSWORD_DEAR_HASH;
	else if (fault == PASSWORD_GOOD)
		verdict = wanted.kind == PASSWORD_PLAIN
				  ? check_plain(wanted.text, password)
				  : check_hash(field, password);
	password_forget(&wanted);
	return verdict;
}
