/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "backends/maildir/password.h"

#define CRYPT_PROGRAM "/maildir-crypt"

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

/* Returns 0, or the number of an error, as posix_spawn does. */
static int spawn_program(const char *path, int input,
			 const posix_spawnattr_t *attributes, pid_t *pid)
{
	char name[] = "maildir-crypt";
	char *const argv[] = { name, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	/* Its output would be taken for an answer of ours. */
	r = posix_spawn_file_actions_adddup2(&actions, input, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, 2, 1);
	if (!r)
		r = posix_spawn(pid, path, &actions, attributes, argv,
				environment);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* With SIGPIPE as it was before it was ignored for our own write. */
static int spawn_signals(const char *path, int input, pid_t *pid)
{
	posix_spawnattr_t attributes;
	sigset_t pipe_signal;
	int r = posix_spawnattr_init(&attributes);

	if (r)
		return r;
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	r = posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	if (!r)
		r = posix_spawnattr_setflags(&attributes,
					     POSIX_SPAWN_SETSIGDEF);
	if (!r)
		r = spawn_program(path, input, &attributes, pid);
	posix_spawnattr_destroy(&attributes);
	return r;
}

/* Beside this program first: a build tree is not installed anywhere. */
static int spawn_crypt(int input, pid_t *pid)
{
	const char *folder = getenv("POP3_SKEL_BACKENDS");
	char path[PATH_MAX];
	int r = ENOENT;

	if (folder && strlen(folder) + sizeof(CRYPT_PROGRAM) <= sizeof(path)) {
		memcpy(path, folder, strlen(folder));
		memcpy(path + strlen(folder), CRYPT_PROGRAM,
		       sizeof(CRYPT_PROGRAM));
		r = spawn_signals(path, input, pid);
	}
	if (r == ENOENT)
		r = spawn_signals(BACKEND_DIR CRYPT_PROGRAM, input, pid);
	return r;
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
	int status;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	if (r == pid && WIFEXITED(status)) {
		switch (WEXITSTATUS(status)) {
		case 0:
			return PASSWORD_RIGHT;
		case 1:
			return PASSWORD_WRONG;
		case 2:
			return PASSWORD_BAD_HASH;
		}
	}
	report(REPORT_ERROR, "maildir-crypt failed", r < 0 ? errno : 0);
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
	report(REPORT_ERROR, "maildir-crypt does not start", r);
	return PASSWORD_TROUBLE;
}

enum password_verdict password_check(enum password_scheme scheme,
				     const char *hash, const char *password)
{
	if (scheme == PASSWORD_PLAIN)
		return check_plain(hash, password);
	return check_crypt(hash, password);
}
