/* SPDX-License-Identifier: ISC */
#include "backends/maildir/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/kit/report.h"
#include "pure/text.h"

static const char name[] = "/maildirsize";

void quota_freed(struct quota *quota, uint64_t octets)
{
	quota->octets += octets;
	quota->count++;
}

/* One write, as the others that append to it do: no line is torn. */
static int append(const char *path, const struct text *line)
{
	const int fd = openat(AT_FDCWD, path,
			      O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
				      O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st))
		r = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		r = -EPERM;
	else if (write(fd, line->data, line->len) != (ssize_t)line->len)
		r = errno ? -errno : -ENOSPC;
	close(fd);
	return r;
}

void quota_tell(struct quota *quota, const struct folder *folder)
{
	char path[PATH_MAX + sizeof(name)];
	char data[64];
	struct text line = { .data = data, .size = sizeof(data) };
	const size_t len = folder->root.len;
	int r;

	if (!quota->count)
		return;
	memcpy(path, folder->root.data, len);
	memcpy(path + len, name, sizeof(name));
	text_string(&line, "-");
	text_number(&line, quota->octets);
	text_string(&line, " -");
	text_number(&line, quota->count);
	text_string(&line, "\n");
	errno = 0;
	r = append(path, &line);
	if (r)
		report_path(REPORT_NOTICE, "what was removed is not taken off",
			    path, len + sizeof(name) - 1, -r);
	*quota = (struct quota){ 0 };
}
