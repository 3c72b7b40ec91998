/* SPDX-License-Identifier: ISC */
/*
 * over-pipes [-u UID] IN OUT LOG COMMAND [ARG]...
 * over-pipes -u UID
 *
 * Runs a command over pipes: the octets of the file IN go to its stdin, which
 * is then closed; its stdout goes to the file OUT, its stderr is the file LOG.
 * With -u it runs as that user (uid and gid, no groups), to whom the current
 * folder and all below it is given before; without more that is all. Ends when the command has, and
 * everybody has closed its stdout; with its status, 128 and its signal, 124
 * where it took more than a minute, 125 where it could not be started.
 *
 * `cat IN | setpriv ... timeout 60 COMMAND | cat >OUT` would do. This is one
 * process in place of seven, for tests have thousands of sessions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 60000
#define GRACE_S 5

static unsigned user;

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

static int give(const char *path, const struct stat *st, int type,
		struct FTW *at)
{
	(void)type, (void)at;
	if (st->st_uid != user || st->st_gid != user)
		lchown(path, user, user);
	return 0;
}

static int given(const char *as)
{
	user = (unsigned)strtoul(as, NULL, 10);
	if (nftw(".", give, 16, FTW_PHYS) < 0)
		fail(".");
	return 0;
}

static int open_file(const char *path, int flags)
{
	const int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd < 0)
		fail(path);
	return fd;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void write_all(int fd, const char *data, ssize_t n)
{
	while (n > 0) {
		const ssize_t done = write(fd, data, (size_t)n);

		if (done < 0)
			fail("OUT");
		data += done;
		n -= done;
	}
}

/* Feeds and drains until both ends are closed; false when time is up. */
static int carry(int in, int to, int from, int out, long long end)
{
	static char sent[65536], got[65536];
	ssize_t have = 0, at = 0;

	while (from >= 0) {
		struct pollfd p[] = { { to, POLLOUT, 0 }, { from, POLLIN, 0 } };
		const long long left = end - now_ms();

		if (left <= 0)
			return 0;
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			fail("poll");
		if (p[1].revents) {
			const ssize_t n = read(from, got, sizeof(got));

			if (n <= 0) {
				close(from);
				from = -1;
			} else {
				write_all(out, got, n);
			}
		}
		if (to < 0 || !p[0].revents)
			continue;
		if (at == have) {
			at = 0;
			have = read(in, sent, sizeof(sent));
		}
		if (have > 0) {
			const ssize_t n =
				write(to, sent + at, (size_t)(have - at));

			if (n > 0)
				at += n;
			else if (n < 0 && errno != EAGAIN)
				have = -1;
		}
		if (have <= 0) {
			close(to);
			to = -1;
		}
	}
	return 1;
}

int main(int argc, char **argv)
{
	int in, out, log, to[2], from[2], status, in_time;
	const char *as = NULL;
	long long end;
	pid_t pid;

	if (argc > 2 && argv[1][0] == '-') {
		as = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (as != NULL && argc == 1)
		return given(as);
	if (argc < 5)
		return 125;
	in = open_file(argv[1], O_RDONLY);
	out = open_file(argv[2], O_WRONLY | O_CREAT | O_TRUNC);
	log = open_file(argv[3], O_WRONLY | O_CREAT | O_TRUNC);
	if (as != NULL)
		given(as);
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		setpgid(0, 0);
		if (as != NULL && (setgroups(0, NULL) < 0 || setgid(user) < 0 ||
				   setuid(user) < 0))
			fail("setuid");
		dup2(to[0], 0);
		dup2(from[1], 1);
		dup2(log, 2);
		execvp(argv[4], argv + 4);
		fail(argv[4]);
	}
	close(to[0]);
	close(from[1]);
	/* Not before: the command inherits what is ignored. */
	signal(SIGPIPE, SIG_IGN);
	fcntl(to[1], F_SETFL, O_NONBLOCK);
	end = now_ms() + LIMIT_MS;
	in_time = carry(in, to[1], from[0], out, end);
	while (in_time && waitpid(pid, &status, WNOHANG) == 0) {
		in_time = now_ms() < end;
		usleep(500);
	}
	if (!in_time) {
		kill(-pid, SIGTERM);
		sleep(GRACE_S);
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		return 124;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
