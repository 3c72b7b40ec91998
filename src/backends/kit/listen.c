/* SPDX-License-Identifier: ISC */
#include "backends/kit/listen.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "pure/number.h"
#include "pure/text.h"

enum {
	FIRST = 3, /* of the descriptors that a service manager passes */
	MOST = 8, /* of them */
	NOBODY = 65534, /* every uid that a user namespace does not know */
	QUIET = 60, /* seconds between two lines about who may not ask */
};

bool kit_asker(const char *name, uid_t *asker)
{
	const struct passwd *user;
	uint64_t uid;

	if (number_parse(name, strlen(name), &uid)) {
		*asker = (uid_t)uid;
		return uid < UINT32_MAX && uid != NOBODY;
	}
	user = getpwnam(name);
	if (user == NULL)
		return false;
	*asker = user->pw_uid;
	return user->pw_uid != NOBODY;
}

/* Whether what is at a path is a socket that nobody listens on. */
static bool stale(int fd, const struct sockaddr_un *at)
{
	struct stat status;

	return lstat(at->sun_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
	       connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 &&
	       errno == ECONNREFUSED;
}

/* Whether others may write to the folder that the socket is to be in. */
static bool open_to_others(const struct sockaddr_un *at)
{
	char folder[sizeof(at->sun_path)];
	struct stat status;

	stpcpy(folder, at->sun_path);
	strrchr(folder, '/')[1] = '\0';
	return stat(folder, &status) == 0 &&
	       (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Why there is to be no socket at a path; else the path, in its address. */
static const char *unfit(const char *path, struct sockaddr_un *at)
{
	if (path[0] != '/')
		return "--listen wants an absolute path, or the word systemd";
	if (strlen(path) >= sizeof(at->sun_path))
		return "--listen: a socket's path has at most 107 octets";
	stpcpy(at->sun_path, path);
	if (open_to_others(at))
		return "--listen: others may write to the socket's folder, so "
		       "that pop3-skel would not trust it: take one of mode "
		       "0755 or less";
	return NULL;
}

/* A socket at a path: its descriptor, or less than 0 with *status set. */
static int listen_at(const char *path, int *status)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *const why = unfit(path, &at);
	mode_t mask;
	int fd, error = 0;

	*status = why != NULL ? EX_USAGE : EX_UNAVAILABLE;
	if (why != NULL) {
		report_path(REPORT_ERROR, why, path, strlen(path), 0);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0117);
	if (fd >= 0 && stale(fd, &at))
		unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		error = errno;
	umask(mask);
	if (error == 0)
		return fd;
	report_path(REPORT_ERROR, "cannot listen", path, strlen(path), error);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The sockets that were passed: how many, or 0. */
static int passed(void)
{
	const char *const pid = getenv("LISTEN_PID");
	const char *const fds = getenv("LISTEN_FDS");
	uint64_t who, count;

	if (pid == NULL || fds == NULL ||
	    !number_parse(pid, strlen(pid), &who) ||
	    who != (uint64_t)getpid() ||
	    !number_parse(fds, strlen(fds), &count) || count < 1 ||
	    count > MOST) {
		report(REPORT_ERROR, "no sockets of a service manager", 0);
		return 0;
	}
	return (int)count;
}

/*
 * The log has who asked and may not: a line, and none in the seconds after it,
 * for he may ask as often as he likes.
 */
static void turned_away(uid_t uid)
{
	static struct timespec told;
	static unsigned long count;
	char why[160];
	struct text text = { .data = why, .size = sizeof(why) - 1 };
	struct timespec now;

	count++;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (told.tv_sec != 0 && now.tv_sec < told.tv_sec + QUIET)
		return;
	told = now;
	text_string(&text, "asked by who may not, uid ");
	text_number(&text, uid);
	if (count > 1) {
		text_string(&text, ", with ");
		text_number(&text, count - 1);
		text_string(&text, " more before");
	}
	text_string(&text, ": see --for");
	why[text.len] = '\0';
	report(REPORT_WARNING, why, 0);
	count = 0;
}

/* Of whom the service manager's sockets, and ours, are. */
static bool may_ask(int fd, uid_t asker)
{
	struct ucred peer = { .uid = NOBODY };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (peer.uid == 0 || peer.uid == asker))
		return true;
	turned_away(peer.uid);
	return false;
}

/* The child's part: the connection is all that it has. */
static int session(int fd, const int *sockets, int count)
{
	for (int i = 0; i < count; i++)
		close(sockets[i]);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return EX_TEMPFAIL;
	close(fd);
	signal(SIGCHLD, SIG_DFL);
	return 0;
}

/* accept(2) failed: for want of something, which may be there in a while. */
static void refused(void)
{
	const struct timespec moment = { 1, 0 };

	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	report(REPORT_ERROR, "a connection cannot be taken", errno);
	nanosleep(&moment, NULL);
}

/* Whether somebody may connect to a socket: not to a connection. */
static bool listens(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

int kit_listen(const char *path, uid_t asker)
{
	struct pollfd waits[MOST];
	int sockets[MOST], count = 1, status = EX_UNAVAILABLE;

	if (strcmp(path, "systemd") == 0) {
		count = passed();
		for (int i = 0; i < count; i++)
			sockets[i] = FIRST + i;
	} else {
		sockets[0] = listen_at(path, &status);
	}
	if (count == 0 || sockets[0] < 0)
		return status;
	if (asker == NOBODY) {
		report(REPORT_ERROR, "nobody may be anybody: see --for", 0);
		return EX_USAGE;
	}
	for (int i = 0; i < count; i++) {
		if (listens(sockets[i]))
			continue;
		report(REPORT_ERROR, "a socket that nobody can connect to", 0);
		return EX_USAGE;
	}
	/* Nobody waits for a session's process. */
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < count; i++)
		waits[i] = (struct pollfd){ sockets[i], POLLIN, 0 };
	for (;;) {
		if (poll(waits, (nfds_t)count, -1) < 0 && errno != EINTR) {
			report(REPORT_ERROR, "poll", errno);
			return EX_OSERR;
		}
		for (int i = 0; i < count; i++) {
			int fd;
			pid_t pid;

			if (waits[i].revents == 0)
				continue;
			fd = accept4(sockets[i], NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0) {
				refused();
				continue;
			}
			pid = may_ask(fd, asker) ? fork() : 1;
			if (pid == 0)
				return session(fd, sockets, count);
			if (pid < 0)
				report(REPORT_ERROR, "fork", errno);
			close(fd);
		}
	}
}
