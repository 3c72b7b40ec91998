/* SPDX-License-Identifier: ISC */
#include "backends/checkpassword/grant.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pure/text.h"

/* What a message carries: who sent it, or two descriptors. */
union control {
	struct cmsghdr align;
	char sender[CMSG_SPACE(sizeof(struct ucred))];
	char pipes[CMSG_SPACE(2 * sizeof(int))];
};

bool grant_open(int ends[2])
{
	const int on = 1;

	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ==
		       0 &&
	       setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ==
		       0;
}

/* As pidfd_open(2), for which musl has no name. */
static int pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/*
 * Receives a text, which ends with a NUL; true where exactly `len` octets of
 * this kind came with it.
 */
static bool receive(int fd, int flags, char text[LIMIT_PATH], int kind,
		    void *to, size_t len)
{
	struct iovec data = { text, LIMIT_PATH };
	union control control;
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen =
					  (socklen_t)CMSG_SPACE(len) };
	const struct cmsghdr *from;
	ssize_t n;

	do
		n = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	from = CMSG_FIRSTHDR(&message);
	if (n < 1 || from == NULL || from->cmsg_level != SOL_SOCKET ||
	    from->cmsg_type != kind || from->cmsg_len != CMSG_LEN(len))
		return false;
	/* Its own, where it is one of ours. */
	text[n - 1] = '\0';
	memcpy(to, CMSG_DATA(from), len);
	return true;
}

/* Whether a process runs what we are, and not what that was made to run. */
static bool is_ours(pid_t pid)
{
	char data[40];
	struct text path = { .data = data, .size = sizeof(data) };
	struct stat ours, its;

	text_string(&path, "/proc/");
	text_number(&path, (uint64_t)pid);
	text_add(&path, "/exe", sizeof("/exe"));
	return stat("/proc/self/exe", &ours) == 0 && stat(data, &its) == 0 &&
	       ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

bool grant_await(int fd, pid_t pid, struct grant *grant)
{
	struct pollfd both[] = { { fd, POLLIN, 0 }, { pidfd(pid), POLLIN, 0 } };

	while (poll(both, 2, -1) < 0 && errno == EINTR)
		;
	close(both[1].fd);
	errno = ENOMSG;
	if (!receive(fd, MSG_DONTWAIT, grant->path, SCM_CREDENTIALS,
		     &grant->who, sizeof(grant->who)))
		return false;
	/* Who is not root makes nobody of anybody. */
	if (geteuid() != 0 || (grant->who.pid == pid && is_ours(pid)))
		return true;
	errno = EPERM;
	return false;
}

bool grant_pipes(int fd)
{
	const int pipes[2] = { STDIN_FILENO, STDOUT_FILENO };
	static char nothing[1];
	struct iovec data = { nothing, sizeof(nothing) };
	union control control = { .pipes = "" };
	const struct msghdr message = { .msg_iov = &data,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen =
						sizeof(control.pipes) };
	struct cmsghdr *const to = CMSG_FIRSTHDR(&message);

	to->cmsg_level = SOL_SOCKET;
	to->cmsg_type = SCM_RIGHTS;
	to->cmsg_len = (socklen_t)CMSG_LEN(sizeof(pipes));
	memcpy(CMSG_DATA(to), pipes, sizeof(pipes));
	return sendmsg(fd, &message, MSG_NOSIGNAL) == 1;
}

bool grant_send(const char path[LIMIT_PATH])
{
	const size_t len = strlen(path) + 1;

	return write(GRANT_FD, path, len) == (ssize_t)len;
}

bool grant_take_pipes(void)
{
	char text[LIMIT_PATH];
	int pipes[2];

	return receive(GRANT_FD, 0, text, SCM_RIGHTS, pipes, sizeof(pipes)) &&
	       dup2(pipes[0], STDIN_FILENO) >= 0 &&
	       dup2(pipes[1], STDOUT_FILENO) >= 0;
}
