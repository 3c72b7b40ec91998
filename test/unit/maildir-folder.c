/* SPDX-License-Identifier: ISC */
/* src/backends/maildir/folder.c: where a Maildir is, however deep the current folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/maildir/folder.h"
#include "tap.h"

static struct folder folder;

static int set(const char *path)
{
	return folder_set_path(&folder, path, strlen(path));
}

static bool is(const char *path)
{
	return folder.root.len == strlen(path) &&
	       strcmp(folder.root.data, path) == 0;
}

static void test_paths(void)
{
	static char longest[FOLDER_PATH + 2];

	tap(set("/m/%d/\xff b") == 0 && is("/m/%d/\xff b"), "an absolute path");
	tap(set("/m///") == 0 && is("/m"), "slashes at its end");
	tap(set("/") == 0 && is("/"), "the root");
	tap(set("") == -EINVAL, "an empty path");
	tap(set("/m\n") == -EINVAL && set("/\x7f") == -EINVAL,
	    "control characters");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	tap(set(longest) == -ENAMETOOLONG, "too long by one");
	longest[FOLDER_PATH] = '\0';
	tap(set(longest) == 0 && is(longest), "the longest");
}

/* Goes down to a current folder of exactly so many octets. */
static bool go_down(size_t octets)
{
	char name[201], here[PATH_MAX];
	size_t at;

	while (getcwd(here, sizeof(here)) != NULL &&
	       (at = strlen(here)) < octets) {
		size_t n = octets - at - 1;

		/* Never so near to it that only a slash would fit. */
		if (n > 200)
			n = n > 202 ? 200 : 100;
		memset(name, 'd', n);
		name[n] = '\0';
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			return false;
	}
	return strlen(here) == octets;
}

/* Back to the folder above all those, and removes them. */
static void go_up(void)
{
	char here[PATH_MAX], *slash;

	while (getcwd(here, sizeof(here)) != NULL &&
	       (slash = strrchr(here, '/')) != NULL && slash[1] == 'd' &&
	       chdir("..") == 0 && rmdir(slash + 1) == 0)
		;
}

static void test_relative(void)
{
	char base[] = "/tmp/pop3-skel-folder.XXXXXX", expected[64];

	if (mkdtemp(base) == NULL || chdir(base) < 0)
		abort();
	snprintf(expected, sizeof(expected), "%s/m", base);
	tap(set("m") == 0 && is(expected), "a relative path");
	if (mkdir("d\n", 0700) < 0 || chdir("d\n") < 0)
		abort();
	tap(set("m") == -EINVAL, "a current folder with a control character");
	if (chdir("..") < 0 || rmdir("d\n") < 0)
		abort();
	tap(go_down(FOLDER_PATH - 2), "a deep folder");
	tap(set("m") == 0 && folder.root.len == FOLDER_PATH, "... one fits");
	tap(set("mm") == -ENAMETOOLONG, "... one more does not");
	tap(go_down(FOLDER_PATH), "a deeper one");
	tap(set("m") == -ENAMETOOLONG, "... nothing fits");
	go_up();
	if (chdir("/") < 0 || rmdir(base) < 0)
		abort();
}

int main(void)
{
	folder_init(&folder, 15000);
	test_paths();
	test_relative();
	return tap_done();
}
