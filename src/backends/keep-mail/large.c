/* SPDX-License-Identifier: ISC */
#include "backends/keep-mail/large.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/keep-mail/table.h"

static const char large[] = "large.";

bool large_name(const char *name)
{
	return strncmp(name, large, strlen(large)) == 0;
}

bool large_find(int folder, const char *uid, char name[LARGE_NAME])
{
	char digest[33], path[8 + LARGE_NAME];
	struct stat st;

	table_digest(uid, digest);
	snprintf(name, LARGE_NAME, "%s%s", large, digest);
	snprintf(path, sizeof(path), "mail/%s", name);
	return fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

/* The octets of all, and the name of the oldest. */
static uint64_t count(DIR *dir, char oldest[LARGE_NAME])
{
	struct dirent *file;
	uint64_t total = 0;
	time_t since = 0;
	struct stat st;

	oldest[0] = '\0';
	rewinddir(dir);
	while ((file = readdir(dir)) != NULL) {
		if (!large_name(file->d_name) ||
		    strlen(file->d_name) >= LARGE_NAME ||
		    fstatat(dirfd(dir), file->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		total += (uint64_t)st.st_size;
		if (oldest[0] == '\0' || st.st_mtime < since) {
			memcpy(oldest, file->d_name, strlen(file->d_name) + 1);
			since = st.st_mtime;
		}
	}
	return total;
}

void large_room(int mail, uint64_t octets, uint64_t most)
{
	const int fd = openat(mail, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *const dir = fd < 0 ? NULL : fdopendir(fd);
	char oldest[LARGE_NAME];

	while (dir != NULL && count(dir, oldest) + octets > most &&
	       oldest[0] != '\0' && unlinkat(mail, oldest, 0) == 0)
		;
	if (dir != NULL)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}
