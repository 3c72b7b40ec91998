/* SPDX-License-Identifier: ISC */
#include "backends/kit/extra.h"

#include <string.h>

#include "backends/kit/template.h"
#include "pure/address.h"

/* Of no consequence for POP3; a star stands for any end of the name. */
static const char *const ignored[] = {
	"nodelay",	 "reason",	"userdb_imap_*", "userdb_lda_*",
	"userdb_lmtp_*", "userdb_nice", "userdb_quota*", "userdb_sieve*",
};

/* Behind the path of a Maildir: where others keep what is no mail. */
static const char *const beside[] = { "CONTROL=", "INDEX=", "LAYOUT=" };

static bool named(const char *name, size_t len, const char *pattern)
{
	const size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return len >= n - 1 && memcmp(name, pattern, n - 1) == 0;
	return len == n && memcmp(name, pattern, n) == 0;
}

static bool is_ignored(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (named(name, len, ignored[i]))
			return true;
	return false;
}

/* "maildir:PATH", and what stands beside it. False where it is not done. */
static bool take_mail(struct extra *extra, char *value)
{
	static const char driver[] = "maildir:";
	char *const path = value + sizeof(driver) - 1;
	char *more;

	if (strncmp(value, driver, sizeof(driver) - 1) != 0)
		return false;
	more = strchr(path, ':');
	while (more != NULL) {
		bool known = false;

		*more++ = '\0';
		for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
			known |= strncmp(more, beside[i], strlen(beside[i])) ==
				 0;
		if (!known)
			return false;
		more = strchr(more, ':');
	}
	extra->mail = path;
	return template_absolute(path);
}

/* Networks with commas between them; `local`, a client without an address. */
static bool take_nets(struct extra *extra, char *value, const char *client)
{
	bool within = false;

	while (value != NULL) {
		char *const comma = strchr(value, ',');

		if (comma != NULL)
			*comma = '\0';
		if (strcmp(value, "local") != 0 && !address_network(value))
			return false;
		within |= address_within(client, value);
		value = comma != NULL ? comma + 1 : NULL;
	}
	extra->out |= !within;
	return true;
}

/* One of them. False where it is not done, or not with this value. */
static bool take(struct extra *extra, const char *name, size_t len, char *value,
		 const char *client)
{
	if (named(name, len, "nologin"))
		return extra->out = true;
	if (named(name, len, "allow_nets") && value != NULL)
		return take_nets(extra, value, client);
	if (named(name, len, "userdb_mail") && value != NULL)
		return take_mail(extra, value);
	return is_ignored(name, len);
}

void extra_read(struct extra *extra, char *fields, const char *client)
{
	static const char blanks[] = " \t";
	char *field = fields + strspn(fields, blanks);

	memset(extra, 0, sizeof(*extra));
	while (*field != '\0') {
		char *const end = field + strcspn(field, blanks);
		char *const next = end + strspn(end, blanks);
		const size_t len = strcspn(field, "= \t");
		char *const value = field[len] == '=' ? field + len + 1 : NULL;

		*end = '\0';
		if (!take(extra, field, len, value, client) &&
		    extra->refused == NULL) {
			extra->refused = field;
			extra->refused_len = len;
		}
		field = next;
	}
}
