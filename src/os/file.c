/* SPDX-License-Identifier: ISC */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SAFE = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

int file_open(const char *path, uint64_t *octets)
{
	struct stat status;
	/* musl's open() would say FD_CLOEXEC a second time. */
	const int fd = openat(AT_FDCWD, path, O_RDONLY | SAFE);
	int error;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0) {
		error = errno;
	} else if (!S_ISREG(status.st_mode)) {
		error = EINVAL;
	} else {
		*octets = (uint64_t)status.st_size;
		return fd;
	}
	close(fd);
	return -error;
}

int file_unlink_temp(int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_uid != geteuid() || status.st_nlink != 1)
		return -EPERM;
	return unlink(path) < 0 ? -errno : 0;
}

ssize_t file_read(int fd, char *to, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		const ssize_t some =
			pread(fd, to + got, n - got, (off_t)(at + got));

		if (some == 0)
			break;
		if (some > 0)
			got += (size_t)some;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)got;
}

ssize_t file_fill(int fd, char *data, size_t size, size_t *start, size_t *end)
{
	ssize_t n;

	memmove(data, data + *start, *end - *start);
	*end -= *start;
	*start = 0;
	do
		n = read(fd, data + *end, size - *end);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		*end += (size_t)n;
	return n;
}

int file_write(int fd, const char *data, size_t n, uint64_t at)
{
	size_t put = 0;

	while (put < n) {
		const ssize_t some =
			pwrite(fd, data + put, n - put, (off_t)(at + put));

		if (some == 0)
			return -EIO;
		if (some > 0)
			put += (size_t)some;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

const char *file_spool_folder(void)
{
	const char *const folder = getenv("TMPDIR");

	return folder != NULL && folder[0] == '/' ? folder : "/tmp";
}

int file_spool(void)
{
	const char *const folder = file_spool_folder();
	char path[PATH_MAX];
	int fd;

	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* Not every file system has O_TMPFILE. */
	if (snprintf(path, sizeof(path), "%s/pop3-skel.XXXXXX", folder) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int file_lock(const char *path)
{
	struct stat status;
	int fd, error;

	fd = openat(AT_FDCWD, path, O_RDONLY | SAFE);
	if (fd < 0 && errno == ENOENT)
		fd = open(path, O_RDONLY | O_CREAT | SAFE, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		error = errno;
	else if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		error = EINVAL;
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		error = errno;
	else
		return fd;
	close(fd);
	return -error;
}

bool file_settled(int fd, int64_t seconds)
{
	struct stat status;

	return fstat(fd, &status) == 0 &&
	       status.st_mtime <= time(NULL) - seconds;
}

uint64_t file_length(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

bool file_is(int fd, const char *path)
{
	struct stat open, named;

	return fstat(fd, &open) == 0 && lstat(path, &named) == 0 &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}
