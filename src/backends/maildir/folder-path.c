/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/maildir/folder-path.h"
#include "pure/wire.h"

const char *folder_name(enum folder_number number)
{
	return number == FOLDER_NEW ? "new" : "cur";
}

int folder_path_set(struct folder_path *root, const char *path, size_t len)
{
	size_t start = 0;

	if (!len)
		return -EINVAL;
	if (path[0] != '/') {
		if (!getcwd(root->data, sizeof(root->data)))
			return errno == ERANGE ? -ENAMETOOLONG : -errno;
		start = strlen(root->data);
		root->data[start++] = '/';
	}
	if (start > FOLDER_PATH || len > FOLDER_PATH - start)
		return -ENAMETOOLONG;
	memcpy(root->data + start, path, len);
	len += start;
	if (wire_has_control(&(struct wire_field){ root->data, len }))
		return -EINVAL;
	while (len > 1 && root->data[len - 1] == '/')
		len--;
	root->data[len] = '\0';
	root->len = len;
	return 0;
}

void folder_path(const struct folder_path *root, enum folder_number number,
		 char path[FOLDER_PATH + 5])
{
	memcpy(path, root->data, root->len);
	path[root->len] = '/';
	memcpy(path + root->len + 1, folder_name(number), 4);
}

int folder_path_absent(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	return S_ISLNK(st.st_mode) ? -ENXIO : 0;
}

int folder_path_home(const struct folder_path *root)
{
	struct folder_path home = *root;
	struct stat st;
	const int error = folder_path_absent(root->data);

	if (error)
		return error;
	while (home.len > 1 && home.data[home.len - 1] != '/')
		home.len--;
	home.data[home.len] = '\0';
	if (stat(home.data, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}
