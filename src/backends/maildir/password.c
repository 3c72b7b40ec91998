/* SPDX-License-Identifier: ISC */
#include "backends/maildir/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "os/process.h"
#include "os/program.h"

enum password_scheme password_scheme(const char *field, const char **hash)
{
	static const struct {
		const char *name;
		enum password_scheme scheme;
	} names[] = {
		{ "PLAIN", PASSWORD_PLAIN },
		{ "CLEAR", PASSWORD_PLAIN },
		{ "CLEARTEXT", PASSWORD_PLAIN },
		{ "CRYPT", PASSWORD_CRYPT },
		{ "SHA512-CRYPT", PASSWORD_CRYPT },
		{ "SHA256-CRYPT", PASSWORD_CRYPT },
		{ "BLF-CRYPT", PASSWORD_CRYPT },
		{ "MD5-CRYPT", PASSWORD_CRYPT },
		{ "DES-CRYPT", PASSWORD_CRYPT },
	};
	enum password_scheme scheme = PASSWORD_CRYPT;
	const char *end = strchr(field, '}');

	*hash = field;
	if (*field == '{') {
		scheme = PASSWORD_UNKNOWN;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (end &&
			    !strncasecmp(field + 1, names[i].name,
					 strlen(names[i].name)) &&
			    field + 1 + strlen(names[i].name) == end)
				scheme = names[i].scheme;
		if (scheme != PASSWORD_UNKNOWN)
			*hash = end + 1;
	}
	if (scheme == PASSWORD_UNKNOWN)
		return scheme;
	if (!**hash || (scheme == PASSWORD_CRYPT && strchr("*!", **hash)))
		return PASSWORD_NONE;
	return scheme;
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

static enum password_verdict check_crypt(const char *hash, const char *password)
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
		send_all(fds[1], hash, strlen(hash) + 1);
		send_all(fds[1], password, strlen(password) + 1);
	}
	close(fds[1]);
	sigaction(SIGPIPE, &old, NULL);
	if (!r)
		return crypt_verdict(pid);
	report_path(REPORT_ERROR,
		    "maildir-crypt does not start, and {CRYPT} needs it",
		    program_backends(), strlen(program_backends()), -r);
	return PASSWORD_TROUBLE;
}

enum password_verdict password_check(enum password_scheme scheme,
				     const char *hash, const char *password)
{
	if (scheme == PASSWORD_PLAIN)
		return check_plain(hash, password);
	return check_crypt(hash, password);
}
