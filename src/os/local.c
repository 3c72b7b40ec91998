/* SPDX-License-Identifier: ISC */
#include "os/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pure/limit.h"

static bool ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/*
 * Whether others cannot change what is in a folder. `sticky` is enough where
 * only what is there already matters.
 */
static bool closed_to_others(const char *folder, bool sticky)
{
	struct stat status;

	if (lstat(folder, &status) < 0 || !S_ISDIR(status.st_mode) ||
	    !ours(status.st_uid))
		return false;
	return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	       (sticky && (status.st_mode & S_ISVTX) != 0);
}

/*
 * Whether a name on the way to the socket is root's or ours to change: a folder,
 * or a link that one of us made in such a folder.
 */
static bool way(const char *path, bool above)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
		return ours(status.st_uid);
	return closed_to_others(path, above);
}

/* Whether only root or we can have put something at a path. */
static bool trusted(const char *path)
{
	char folder[LIMIT_PATH];
	char *slash = stpcpy(folder, path);

	for (bool above = false;; above = true) {
		while (*slash != '/')
			slash--;
		*slash = '\0';
		if (!way(slash == folder ? "/" : folder, above))
			return false;
		if (slash == folder)
			return true;
	}
}

static int connect_to(int fd, const char *path)
{
	const int on = 1;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	stpcpy(to.sun_path, path);
	/* Before it can send anything. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	return ours(peer.uid) ? 0 : -EPERM;
}

int local_connect(const char *path)
{
	char real[LIMIT_PATH];
	int fd, error;

	if (realpath(path, real) == NULL)
		return -errno;
	/* The way there, links and all, and where it leads to. */
	if (!trusted(path) || !trusted(real))
		return -EPERM;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect_to(fd, real);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

ssize_t local_read(int fd, char *to, size_t room, bool *root)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec data = { to, room };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	/* Descriptors that it hands over have no room, and are closed. */
	const ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *const c = CMSG_FIRSTHDR(&message);
	struct ucred sender;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : 0;
	if (n == 0)
		return 0;
	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_CREDENTIALS) {
		*root = false;
		return n;
	}
	memcpy(&sender, CMSG_DATA(c), sizeof(sender));
	*root &= sender.uid == 0;
	return n;
}
