/* SPDX-License-Identifier: ISC */
#include "backends/keep-mail/place.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pure/sha256.h"
#include "pure/text.h"

/* Octets of a name that is kept as it is; of a longer one its digest tells. */
enum { NAME = 200, NAME_START = 100 };

/*
 * Adds a part of a path: what could mean anything there is %XX. No two names
 * have one part, nor is one hidden or empty.
 */
static void add_name(struct text *path, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@+=,-";
	static const char hex[] = "0123456789ABCDEF";
	char data[NAME + 3];
	struct text part = { .data = data, .size = sizeof(data) };
	uint8_t digest[32];
	struct sha256 s;

	for (const char *c = name; *c != '\0' && part.len <= NAME; c++) {
		const unsigned char octet = (unsigned char)*c;

		if (strchr(plain, *c) != NULL || (*c == '.' && c != name))
			text_add(&part, c, 1);
		else
			text_add(&part,
				 (char[]){ '%', hex[octet >> 4],
					   hex[octet & 15] },
				 3);
	}
	text_string(path, name[0] == '\0' ? "/%" : "/");
	if (part.len <= NAME) {
		text_add(path, data, part.len);
		return;
	}
	sha256_start(&s);
	sha256_add(&s, name, strlen(name));
	sha256_end(&s, digest);
	text_add(path, data, NAME_START);
	text_string(path, "%%");
	for (size_t i = 0; i < sizeof(digest); i++)
		text_add(path,
			 (char[]){ hex[digest[i] >> 4], hex[digest[i] & 15] },
			 2);
}

static bool absolute(const char *path)
{
	return path != NULL && path[0] == '/';
}

/* Where all of them are: a service's own folder, or the user's. */
static bool add_base(struct text *path)
{
	const char *const state = getenv("STATE_DIRECTORY");
	const char *const own = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	/* Of several, the first. No user's home has such a name. */
	if (absolute(state)) {
		text_add(path, state, strcspn(state, ":"));
		text_string(path, "/.kept");
		return true;
	}
	if (absolute(own)) {
		text_string(path, own);
		text_string(path, "/pop3-skel");
		return true;
	}
	if (!absolute(home)) {
		const struct passwd *const user = getpwuid(geteuid());

		home = user != NULL ? user->pw_dir : NULL;
	}
	if (!absolute(home))
		return false;
	text_string(path, home);
	text_string(path, "/.local/state/pop3-skel");
	return true;
}

static bool make_folders(char *path)
{
	for (char *slash = path; slash != NULL;) {
		int r;

		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		r = mkdir(path, 0700);
		if (slash != NULL)
			*slash = '/';
		if (r < 0 && errno != EEXIST && slash == NULL)
			return false;
	}
	return true;
}

const char *place_make(const char *name, const char *user,
		       char path[LIMIT_PATH])
{
	static const char none[] =
		"no folder to keep it in: STATE_DIRECTORY is "
		"to name one";
	struct text text = { .data = path, .size = LIMIT_PATH };
	const char *why;
	int fd;

	errno = 0;
	path[0] = '\0';
	if (user[0] == '\0')
		return "no user: keep_in NAME USER, with the user "
		       "who was let in, as on_list has it";
	if (!add_base(&text))
		return none;
	add_name(&text, name);
	add_name(&text, user);
	text_add(&text, "", 1);
	if (text.cut) {
		path[0] = '\0';
		return "its path is too long";
	}
	if (!make_folders(path))
		return none;
	why = place_open(path, true, &fd);
	if (why == NULL)
		close(fd);
	return why;
}

const char *place_open(const char *path, bool alone, int *fd)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return "it does not open";
	errno = 0;
	if (st.st_uid != geteuid())
		return "of another owner";
	if (st.st_mode & 022)
		return "others may write it";
	if (alone && flock(*fd, LOCK_EX) < 0)
		return "it cannot be locked";
	if ((mkdirat(*fd, "mail", 0700) < 0 && errno != EEXIST) ||
	    (mkdirat(*fd, "size", 0700) < 0 && errno != EEXIST))
		return "no folder can be made in it";
	return NULL;
}
