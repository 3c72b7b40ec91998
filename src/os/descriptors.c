/* SPDX-License-Identifier: ISC */
#include "os/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* CLOSE_RANGE_CLOEXEC, for which musl has no header. */
enum { KEEP = 1 << 2 };

/* What 0 to 2 are, as far as it was asked. */
static struct {
	bool known;
	struct stat about;
} looked[3];

static const struct stat *look(int fd)
{
	struct stat *const about = &looked[fd].about;

	if (!looked[fd].known && fstat(fd, about) < 0)
		about->st_mode = 0;
	looked[fd].known = true;
	return about;
}

int descriptors_fill(void)
{
	int closed = 0;

	for (int fd = 0; fd <= 2; fd++) {
		if (descriptors_kind(fd) != 0 || fcntl(fd, F_GETFD) >= 0)
			continue;
		looked[fd].known = false;
		if (open("/dev/null", O_RDWR) != fd)
			return -1;
		closed |= 1 << fd;
	}
	return closed;
}

mode_t descriptors_kind(int fd)
{
	return look(fd)->st_mode;
}

bool descriptors_terminal(int fd)
{
	return S_ISCHR(descriptors_kind(fd)) && isatty(fd);
}

bool descriptors_same(int fd, int other)
{
	const struct stat *const a = look(fd), *const b = look(other);

	return a->st_mode != 0 && b->st_mode != 0 && a->st_dev == b->st_dev &&
	       a->st_ino == b->st_ino;
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
	looked[fd].known = false;
	close(null);
}
