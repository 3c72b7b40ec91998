/* SPDX-License-Identifier: ISC */
#include "os/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What a user namespace calls every uid that it does not know. */
enum { NOBODY = 65534 };

/* Whether it knows them all: then that one is nobody else's. */
static bool all_known(void)
{
	static const char all[] = "         0          0 4294967295\n";
	char map[sizeof(all)];
	const int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd >= 0 ? read(fd, map, sizeof(map)) : -1;

	if (fd >= 0)
		close(fd);
	return n == sizeof(all) - 1 && memcmp(map, all, sizeof(all) - 1) == 0;
}

static bool ours(uid_t uid)
{
	return uid == 0 || (uid == geteuid() && (uid != NOBODY || all_known()));
}

/*
 * Why others can change a name on the way to the socket, or NULL: it is a folder
 * that only root or we may change, or a link that one of us made in such a
 * folder. `above`, a sticky one is enough: only what is there already matters.
 */
static const char *strange(const char *path, bool above)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return "it cannot be looked at";
	if (S_ISLNK(status.st_mode))
		return ours(status.st_uid) ? NULL
					   : "a link that another user made";
	if (!S_ISDIR(status.st_mode))
		return "not a folder";
	if (!ours(status.st_uid))
		return "another user's folder";
	if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (above && (status.st_mode & S_ISVTX) != 0))
		return NULL;
	return "a folder that others may write to";
}

/* Whether only root or we can have put something at a path. */
static bool trusted(const char *path, struct local_doubt *doubt)
{
	char *const folder = doubt->path;
	char *slash = stpcpy(folder, path);

	for (bool above = false;; above = true) {
		while (*slash != '/')
			slash--;
		*slash = '\0';
		if (slash == folder)
			stpcpy(folder, "/");
		doubt->why = strange(folder, above);
		if (doubt->why != NULL)
			return false;
		if (slash == folder)
			return true;
	}
}

static int connect_to(int fd, const char *path, struct local_doubt *doubt)
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
	if (ours(peer.uid))
		return 0;
	doubt->why = "another user listens";
	stpcpy(doubt->path, path);
	return -EPERM;
}

int local_connect(const char *path, struct local_doubt *doubt)
{
	char real[LIMIT_PATH];
	int fd, error;

	doubt->why = NULL;
	if (realpath(path, real) == NULL)
		return -errno;
	/* The way there, links and all, and where it leads to. */
	if (!trusted(path, doubt) || !trusted(real, doubt))
		return -EPERM;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect_to(fd, real, doubt);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

ssize_t local_read(int fd, char *to, size_t room, struct local_sender *from)
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
		from->root = from->ours = false;
		return n;
	}
	memcpy(&sender, CMSG_DATA(c), sizeof(sender));
	from->root &= sender.uid == 0;
	from->ours &= ours(sender.uid);
	return n;
}

bool local_hand(int to, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	char octet = 0;
	struct iovec data = { &octet, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *const c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}
