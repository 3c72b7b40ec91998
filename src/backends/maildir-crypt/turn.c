/* SPDX-License-Identifier: ISC */
#include "backends/maildir-crypt/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "pure/limit.h"

/*
 * The one thing that all of us share, in whatever sandbox, is the file that we
 * are: the kernel names it. Its first octets stand for the processors, and who
 * has a turn holds a lock on one of them. It can only be one for reading, so
 * others could have it, too: who takes one holds the whole file, and asks
 * whether anybody would be in the way of one for writing.
 */
static int take_octet(int fd, int octet)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = octet,
			      .l_len = 1 };

	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		return -1;
	if (lock.l_type != F_UNLCK)
		return 0;
	lock = (struct flock){ .l_type = F_RDLCK,
			       .l_whence = SEEK_SET,
			       .l_start = octet,
			       .l_len = 1 };
	return fcntl(fd, F_OFD_SETLK, &lock) < 0 ? -1 : 1;
}

static int take_any(int fd)
{
	const int processors = get_nprocs();
	int r = 0;

	for (int i = 0; r == 0 && i < processors; i++)
		r = take_octet(fd, i);
	return r;
}

/* Whole: one of us at a time, and the others wait in the kernel. */
static bool hold(int fd)
{
	int r;

	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return r == 0;
}

bool turn_wait(void)
{
	static const struct timespec pause = { .tv_nsec = LIMIT_TURN_MS *
							  1000000L };
	const char *const own = (const char *)getauxval(AT_EXECFN);
	const int fd = own != NULL ? open(own, O_RDONLY | O_CLOEXEC) : -1;
	int r;

	if (fd < 0 || !hold(fd))
		return false;
	while ((r = take_any(fd)) == 0)
		nanosleep(&pause, NULL);
	/* It stays open, and the octet ours. */
	return r > 0 && flock(fd, LOCK_UN) == 0;
}
