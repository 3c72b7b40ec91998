/* SPDX-License-Identifier: ISC */
#include "os/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *program_backends(void)
{
	const char *const told = getenv("POP3_SKEL_BACKENDS");

	return told != NULL && told[0] == '/' ? told : BACKEND_DIR;
}

bool program_in(const char *folder, const char *name, char path[LIMIT_PATH])
{
	if (strchr(name, '/') != NULL ||
	    strlen(folder) + 1 + strlen(name) >= LIMIT_PATH)
		return false;
	stpcpy(stpcpy(stpcpy(path, folder), "/"), name);
	return true;
}

const char *program_backend(const char *name, char path[LIMIT_PATH])
{
	return program_in(program_backends(), name, path) &&
			       access(path, X_OK) == 0
		       ? path
		       : name;
}

static bool may_execute(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return false;
	errno = EACCES;
	return S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/*
 * Errno tells why not. A script has to name a program that is there; what may
 * not be read is believed.
 */
static bool executable(const char *path)
{
	char head[LIMIT_PATH], *name = head + 2;
	ssize_t n = 0;
	int fd;

	if (!may_execute(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, head, sizeof(head) - 1);
	close(fd);
	head[n > 0 ? n : 0] = '\0';
	if (strncmp(head, "\177ELF", 4) == 0)
		return true;
	errno = ENOEXEC;
	if (strncmp(head, "#!", 2) != 0)
		return false;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return may_execute(name);
}

bool program_beside(const char *name, char path[LIMIT_PATH])
{
	char folder[LIMIT_PATH];
	const ssize_t n =
		readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	if (n <= 0 || n == sizeof(folder) - 1)
		return false;
	folder[n] = '\0';
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return program_in(folder, name, path) && executable(path);
}

bool program_found(const char *name)
{
	const char *folder = getenv("PATH");
	char path[LIMIT_PATH];
	size_t n;

	if (strchr(name, '/') != NULL)
		return executable(name);
	if (folder == NULL)
		folder = "/bin:/usr/bin";
	for (; *folder != '\0'; folder += n + (folder[n] == ':')) {
		n = strcspn(folder, ":");
		if (n + strlen(name) + 2 >= sizeof(path))
			continue;
		memcpy(path, folder, n);
		stpcpy(stpcpy(path + n, n > 0 ? "/" : "./"), name);
		if (executable(path))
			return true;
	}
	errno = ENOENT;
	return false;
}
