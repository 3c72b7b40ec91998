/* SPDX-License-Identifier: ISC */
#include "os/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pure/apart.h"

#define LIBRARY "pop3-skel.sh"

static const char *told(const char *variable, const char *built_in)
{
	const char *const path = getenv(variable);

	return path != NULL && path[0] == '/' ? path : built_in;
}

const char *program_library(void)
{
	return told("POP3_SKEL_SH", DATA_DIR "/" LIBRARY);
}

const char *program_backends(void)
{
	return told("POP3_SKEL_BACKENDS", BACKEND_DIR);
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
	struct stat status;

	/* Where it may not be executed no other of its name is meant. */
	return program_in(program_backends(), name, path) &&
			       lstat(path, &status) == 0
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

/* What a file begins with, as a string; false where it may not be read. */
static bool read_head(const char *path, char head[LIMIT_PATH])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, head, LIMIT_PATH - 1);
	close(fd);
	head[n > 0 ? n : 0] = '\0';
	return true;
}

/* The program that a script names for itself, or NULL. */
static const char *interpreter(char head[LIMIT_PATH])
{
	char *name = head + 2;

	if (strncmp(head, "#!", 2) != 0)
		return NULL;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return name;
}

/*
 * Errno tells why not. A script has to name a program that is there; what may
 * not be read is believed.
 */
static bool executable(const char *path)
{
	char head[LIMIT_PATH];
	const char *name;

	if (!may_execute(path))
		return false;
	if (!read_head(path, head) || strncmp(head, "\177ELF", 4) == 0)
		return true;
	name = interpreter(head);
	errno = ENOEXEC;
	return name != NULL && may_execute(name);
}

const char *program_error(const char *path, int error, char text[PROGRAM_ERROR])
{
	char head[LIMIT_PATH];
	const char *name;

	if ((error != ENOENT && error != EACCES) || strchr(path, '/') == NULL ||
	    !read_head(path, head) || (name = interpreter(head)) == NULL ||
	    access(name, X_OK) == 0)
		return strerror(error);
	snprintf(text, PROGRAM_ERROR, "%s, for %.*s", strerror(error),
		 PROGRAM_ERROR / 2, name);
	return text;
}

/* The folder that our own program is in. */
static bool own_folder(char folder[static LIMIT_PATH])
{
	char own[LIMIT_PATH];
	const ssize_t n = readlink("/proc/self/exe", own, sizeof(own));
	const char *const slash = n > 0 ? memrchr(own, '/', (size_t)n) : NULL;

	if (slash == NULL || (size_t)n == sizeof(own))
		return false;
	memcpy(folder, own, (size_t)(slash - own));
	folder[slash - own] = '\0';
	return true;
}

/* In a folder of a build. */
APART static void settle_there(void)
{
	char folder[LIMIT_PATH], backends[LIMIT_PATH], library[LIMIT_PATH];

	if (own_folder(folder) && program_in(folder, "backends", backends) &&
	    program_in(backends, LIBRARY, library) &&
	    access(library, F_OK) == 0) {
		setenv("POP3_SKEL_SH", library, 0);
		setenv("POP3_SKEL_BACKENDS", backends, 0);
	}
}

void program_settle(void)
{
	if (access(program_library(), F_OK) < 0)
		settle_there();
}

bool program_beside(const char *name, char path[LIMIT_PATH])
{
	char folder[LIMIT_PATH];

	return own_folder(folder) && program_in(folder, name, path) &&
	       executable(path);
}

/* The next path in PATH that a name may have; false where there is none. */
static bool next_path(const char **folder, const char *name,
		      char path[LIMIT_PATH])
{
	while (**folder != '\0') {
		const char *const from = *folder;
		const size_t n = strcspn(from, ":");

		*folder += n + (from[n] == ':');
		if (n + strlen(name) + 2 >= LIMIT_PATH)
			continue;
		memcpy(path, from, n);
		stpcpy(stpcpy(path + n, n > 0 ? "/" : "./"), name);
		return true;
	}
	return false;
}

static const char *searched(void)
{
	const char *const folders = getenv("PATH");

	return folders != NULL ? folders : "/bin:/usr/bin";
}

bool program_found(const char *name)
{
	const char *folder = searched();
	char path[LIMIT_PATH];

	if (strchr(name, '/') != NULL)
		return executable(name);
	while (next_path(&folder, name, path))
		if (executable(path))
			return true;
	errno = ENOENT;
	return false;
}

APART static int execute_found(char *const argv[], char *const envp[])
{
	const char *folder = searched();
	char path[LIMIT_PATH];
	int error = -ENOENT;

	while (next_path(&folder, argv[0], path)) {
		execve(path, argv, envp);
		if (errno == EACCES)
			error = -EACCES;
		else if (errno != ENOENT && errno != ENOTDIR)
			return -errno;
	}
	return error;
}

int program_execute(char *const argv[], char *const envp[])
{
	if (argv[0][0] == '\0')
		return -ENOENT;
	if (strchr(argv[0], '/') == NULL)
		return execute_found(argv, envp);
	execve(argv[0], argv, envp);
	return -errno;
}
