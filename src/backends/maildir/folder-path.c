/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "backends/maildir/folder.h"
#include "pure/wire.h"

const char *folder_name(enum folder_number number)
{
	return number == FOLDER_NEW ? "new" : "cur";
}

int folder_path_set(struct folder *folder, const char *path, size_t len)
{
	size_t start = 0;

	if (!len)
		return -EINVAL;
	if (path[0] != '/') {
		if (!getcwd(folder->path, sizeof(folder->path)))
			return errno == ERANGE ? -ENAMETOOLONG : -errno;
		start = strlen(folder->path);
		folder->path[start++] = '/';
	}
	if (start > FOLDER_PATH || len > FOLDER_PATH - start)
		return -ENAMETOOLONG;
	memcpy(folder->path + start, path, len);
	len += start;
	if (wire_has_control(&(struct wire_field){ folder->path, len }))
		return -EINVAL;
	while (len > 1 && folder->path[len - 1] == '/')
		len--;
	folder->path[len] = '\0';
	folder->path_len = len;
	return 0;
}

/* PATH "/new" or PATH "/cur". */
void folder_path(const struct folder *folder, enum folder_number number,
		 char path[FOLDER_PATH + 5])
{
	memcpy(path, folder->path, folder->path_len);
	path[folder->path_len] = '/';
	memcpy(path + folder->path_len + 1, folder_name(number), 4);
}

size_t folder_failed(const struct folder *folder, char path[FOLDER_PATH + 5])
{
	folder_path(folder, folder->at < FOLDERS ? folder->at : FOLDER_NEW,
		    path);
	return folder->path_len + (folder->at < FOLDERS ? 4 : 0);
}
