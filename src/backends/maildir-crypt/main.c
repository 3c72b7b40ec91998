/* SPDX-License-Identifier: ISC */
/*
 * maildir-crypt: checks one password against the password field of a users
 * file.
 *
 * Standard input holds two strings, each ended by a NUL, and then its end: the
 * field, `{SCHEME}hash` or a hash of crypt(5), and the password. Exit status: 0
 * they match, 1 they do not, 2 the field is none that is known here, or asks
 * for more memory or work than is given to anybody, 3 or more: trouble of
 * another kind, with a line on descriptor 2. Nothing is printed else, and no
 * secret is in the arguments or the environment.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "backends/maildir-crypt/check.h"
#include "backends/maildir-crypt/turn.h"
#include "os/become.h"

/* A users file's line and a password, each at most 8192 octets. */
static char input[16384];
static struct password wanted;

/* Reads to the end. True if these were two strings, each with its NUL. */
static bool read_strings(const char **field, const char **password)
{
	size_t len = 0;
	const char *end;

	for (;;) {
		ssize_t n = read(0, input + len, sizeof(input) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || len == sizeof(input))
			return false;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*field = input;
	end = memchr(input, '\0', len);
	if (!end)
		return false;
	*password = end + 1;
	end = memchr(*password, '\0', len - (size_t)(*password - input));
	return end && end + 1 == input + len;
}

static enum check_verdict trouble(const char *line)
{
	return write(2, line, strlen(line)) < 0 ? CHECK_TROUBLE + 1
						: CHECK_TROUBLE;
}

static enum check_verdict judge(const char *field, const char *password)
{
	enum check_verdict verdict;

	if (password_parse(&wanted, field) != PASSWORD_GOOD)
		return CHECK_BAD;
	if (password_large(&wanted) && !turn_wait())
		return trouble("<3>maildir-crypt reason=\"its own file cannot "
			       "be opened, or locked\"\n");
	verdict = check(&wanted, password);
	if (verdict == CHECK_TROUBLE)
		trouble("<3>maildir-crypt reason=\"no memory for the hash\"\n");
	return verdict;
}

int main(void)
{
	enum check_verdict status;
	const char *field;
	const char *password;

	become_private();
	if (read_strings(&field, &password))
		status = judge(field, password);
	else
		status = trouble("<3>maildir-crypt reason=\"bad input\"\n");
	explicit_bzero(input, sizeof(input));
	password_forget(&wanted);
	return (int)status;
}
