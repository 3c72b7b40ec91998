/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/stat.h>

#include "backends/maildir/stamp.h"

/* A tick of Linux lasts 1 to 10 ms. */
#define TICK_MS 10

/* Where fractions of a second are not kept: the two seconds of FAT. */
#define COARSE_MS 2000

int64_t stamp_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void stamp_wait(void)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };

	nanosleep(&tick, NULL);
}

/*
 * Seen for so long, or of so long ago. One from the future, as a clock that
 * was set back leaves them, has to be seen.
 */
static bool old(const struct stamp *stamp)
{
	const int64_t grain = stamp->changed.tv_nsec ? TICK_MS : COARSE_MS;
	struct timespec now;
	int64_t age;

	if (!stamp->inode || stamp_now() - stamp->since > grain)
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	if (stamp->changed.tv_sec < now.tv_sec - 3)
		return true;
	if (stamp->changed.tv_sec > now.tv_sec)
		return false;
	age = (int64_t)(now.tv_sec - stamp->changed.tv_sec) * 1000 +
	      (now.tv_nsec - stamp->changed.tv_nsec) / 1000000;
	return age > grain;
}

static void fill(struct stamp *stamp, const struct stat *st)
{
	stamp->device = st->st_dev;
	stamp->inode = st->st_ino;
	stamp->changed = st->st_ctim;
	stamp->modified = st->st_mtim;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       same_time(&a->changed, &b->changed) &&
	       same_time(&a->modified, &b->modified);
}

int stamp_take(struct stamp *stamp, int fd)
{
	const struct stamp last = *stamp;
	struct stat st = { 0 };

	if (fd >= 0 && fstat(fd, &st))
		return -errno;
	fill(stamp, &st);
	if (!same(stamp, &last))
		stamp->since = stamp_now();
	return old(stamp);
}

int stamp_holds(const struct stamp *stamp, const char *path)
{
	struct stamp now;
	struct stat st = { 0 };

	if (stat(path, &st)) {
		if (errno != ENOENT)
			return -errno;
		st = (struct stat){ 0 };
	}
	fill(&now, &st);
	return same(stamp, &now);
}
