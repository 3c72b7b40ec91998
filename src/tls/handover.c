/* SPDX-License-Identifier: ISC */
#include "tls/handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A stream is what a client is. */
static int judge(int fd)
{
	socklen_t len = sizeof(int);
	int type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_STREAM)
		return fd;
	close(fd);
	return -ENOTSOCK;
}

int handover_take(int connection)
{
	/*
	 * Of more than one the others have no room, and are closed: what is
	 * left between one and its end would take another.
	 */
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char octet;
	struct iovec data = { &octet, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = CMSG_LEN(sizeof(int)) };
	const ssize_t n =
		recvmsg(connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *const c = CMSG_FIRSTHDR(&message);
	int fd;

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0 || c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return judge(fd);
}

int handover_connect(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	stpcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}
