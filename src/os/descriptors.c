/* SPDX-License-Identifier: ISC */
#include "os/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* CLOSE_RANGE_CLOEXEC, for which musl has no header. */
enum { KEEP = 1 << 2 };

int descriptors_fill(void)
{
	int closed = 0;

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR) != fd)
			return -1;
		closed |= 1 << fd;
	}
	return closed;
}

/* musl has no closefrom(3). */
static bool others(unsigned flags)
{
	return syscall(SYS_close_range, STDERR_FILENO + 1u, ~0u, flags) == 0;
}

bool descriptors_close_others(void)
{
	const bool all = others(0);
	const int error = errno;

	for (int fd = STDERR_FILENO + 1; !all && fd < 1024; fd++)
		close(fd);
	errno = error;
	return all;
}

bool descriptors_keep_others(void)
{
	const bool all = others(KEEP);
	const int error = errno;

	for (int fd = STDERR_FILENO + 1; !all && fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	errno = error;
	return all;
}

void descriptors_discard(int fd)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, fd);
	close(null);
}
