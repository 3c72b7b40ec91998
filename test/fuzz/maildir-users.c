/* SPDX-License-Identifier: ISC */
/*
 * src/backends/kit/users.c. The octets up to the first LF: a name; the rest: a users
 * file. A line that is found begins with the name, or all of it in lower case, and
 * its fields are within.
 */
#include <stdbool.h>
#include <string.h>

#include "backends/kit/password.h"
#include "backends/kit/users.h"
#include "fuzz-file.h"

static bool within(const struct user *u, const char *field)
{
	return field >= u->text && field < u->text + sizeof(u->text) &&
	       memchr(field, '\0',
		      (size_t)(u->text + sizeof(u->text) - field)) != NULL;
}

static void check(const struct user *u)
{
	REQUIRE(within(u, u->password) && within(u, u->uid) &&
		within(u, u->gid) && within(u, u->home) && within(u, u->extra));
	REQUIRE(u->mail == NULL || within(u, u->mail));
}

static bool lowered(const char *text, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != name[i] && (name[i] < 'A' || name[i] > 'Z' ||
					   text[i] != name[i] + ('a' - 'A')))
			return false;
	return true;
}

static bool lower(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct user found, first;
	const uint8_t *const lf = memchr(data, '\n', size);
	const size_t len = lf != NULL ? (size_t)(lf - data) : size;
	const char *const name = (const char *)data;
	enum users_verdict verdict;
	char path[32];
	int fd;

	/* As login.c: no name with what users_name() refuses. */
	if (memchr(data, ':', len) != NULL || memchr(data, '\0', len) != NULL)
		return 0;
	fd = fuzz_file(data + len, size - len, path);
	verdict =
		users_find(&(struct users_search){ path, name, len,
						   password_checkable,
						   len % 2 == 0, "192.0.2.7" },
			   &found, &first);
	if (verdict == USERS_FOUND) {
		check(&found);
		REQUIRE(strlen(found.text) == len);
		REQUIRE(memcmp(found.text, name, len) == 0 ||
			(lowered(found.text, name, len) &&
			 lower(found.text, len)));
	}
	if (first.number != 0)
		check(&first);
	users_forget(&found);
	users_forget(&first);
	close(fd);
	return 0;
}
