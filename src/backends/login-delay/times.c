/* SPDX-License-Identifier: ISC */
#include "backends/login-delay/times.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "pure/limit.h"

/* The time in the file: digits and an LF, else 0. */
static long long last_login(int fd)
{
	char text[24], *end;
	const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long long last;

	if (n <= 1 || text[n - 1] != '\n' || text[0] < '0' || text[0] > '9')
		return 0;
	text[n - 1] = '\0';
	errno = 0;
	last = strtoll(text, &end, 10);
	return *end == '\0' && errno == 0 ? last : 0;
}

static bool note(int fd, long long now)
{
	char text[24];
	const int n = snprintf(text, sizeof(text), "%lld\n", now);

	return pwrite(fd, text, (size_t)n, 0) == n && ftruncate(fd, n) == 0;
}

/* Of two at a time the second finds the first. */
static enum times_verdict judge(int fd, long long seconds, long long *left)
{
	const long long now = (long long)time(NULL);
	long long last;

	if (flock(fd, LOCK_EX) < 0)
		return TIMES_TROUBLE;
	last = last_login(fd);
	if (now >= last && now - last < seconds) {
		*left = last + seconds - now;
		return TIMES_EARLY;
	}
	return note(fd, now) ? TIMES_NOTED : TIMES_TROUBLE;
}

enum times_verdict times_note(const char *folder, const char *user,
			      long long seconds, long long *left)
{
	char path[LIMIT_PATH + LIMIT_USER + 1];
	enum times_verdict verdict;
	int fd, error;

	if (user[0] == '\0' || user[0] == '.' || strchr(user, '/') != NULL ||
	    strlen(user) > LIMIT_USER || strlen(folder) >= LIMIT_PATH)
		return TIMES_NO_NAME;
	snprintf(path, sizeof(path), "%s/%s", folder, user);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return TIMES_TROUBLE;
	errno = 0;
	verdict = judge(fd, seconds, left);
	error = errno;
	close(fd);
	errno = error;
	return verdict;
}
