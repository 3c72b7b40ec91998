/* SPDX-License-Identifier: ISC */
/*
 * maildir-crypt: checks one password against one hash of crypt(5).
 *
 * Standard input holds two strings, each ended by a NUL, and then its end:
 * the hash, which is also the setting, and the password. Exit status: 0 they
 * match, 1 they do not, 2 the hash is of no scheme that crypt(3) knows, 3 or
 * more: trouble of another kind, with a line on descriptor 2. Nothing is
 * printed else, and no secret is in the arguments or the environment.
 */
#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "os/become.h"

enum crypt_status {
	CRYPT_MATCH = 0,
	CRYPT_DIFFER = 1,
	CRYPT_BAD_SETTING = 2,
	CRYPT_TROUBLE = 3,
};

/* A users file's line and a password, each at most 8192 octets. */
static char input[16384];
static struct crypt_data work;

/* Reads to the end. True if these were two strings, each with its NUL. */
static bool read_strings(const char **setting, const char **password)
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
	*setting = input;
	end = memchr(input, '\0', len);
	if (!end)
		return false;
	*password = end + 1;
	end = memchr(*password, '\0', len - (size_t)(*password - input));
	return end && end + 1 == input + len;
}

static bool same(const char *a, const char *b)
{
	const size_t len = strlen(a);
	unsigned int differ = 0;

	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned int)((unsigned char)a[i] ^
					 (unsigned char)b[i]);
	return !differ;
}

/*
 * crypt(3) has no hash for a longer password, so none is right. It is tried
 * all the same, cut, so that its length does not show in the time.
 */
static enum crypt_status check(const char *setting, const char *password)
{
	static char cut[CRYPT_MAX_PASSPHRASE_SIZE];
	const bool fits = strlen(password) < sizeof(cut);
	const char *hash;

	if (!fits)
		memcpy(cut, password, sizeof(cut) - 1);
	hash = crypt_rn(fits ? password : cut, setting, &work, sizeof(work));
	explicit_bzero(cut, sizeof(cut));
	/* Another length: no hash but a password, say, that is a salt too. */
	if (!hash || strlen(hash) != strlen(setting))
		return CRYPT_BAD_SETTING;
	return fits && same(hash, setting) ? CRYPT_MATCH : CRYPT_DIFFER;
}

int main(void)
{
	static const char trouble[] = "<3>maildir-crypt reason=\"bad input\"\n";
	enum crypt_status status = CRYPT_TROUBLE;
	const char *setting;
	const char *password;

	become_private();
	if (read_strings(&setting, &password))
		status = check(setting, password);
	else if (write(2, trouble, sizeof(trouble) - 1) < 0)
		status = CRYPT_TROUBLE + 1;
	explicit_bzero(input, sizeof(input));
	explicit_bzero(&work, sizeof(work));
	return (int)status;
}
