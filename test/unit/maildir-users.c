/* SPDX-License-Identifier: ISC */
/* src/backends/kit/users.c and password.c: whose line it is, and what it asks. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/kit/password.h"
#include "backends/kit/users.h"
#include "tap.h"

#define DEAR                                          \
	"{ARGON2ID}$argon2id$v=19$m=4194304,t=1,p=1$" \
	"c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdA"

static struct user found, first;
static bool whole;

/* As users_find, of a file with this text; what it logs goes nowhere. */
static enum users_verdict find(const char *text, size_t len, const char *name)
{
	char path[] = "/tmp/pop3-skel-users.XXXXXX";
	const int fd = mkstemp(path);
	enum users_verdict verdict;

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
	users_forget(&found);
	users_forget(&first);
	verdict = users_find(&(struct users_search){ path, name, strlen(name),
						     password_checkable, whole,
						     "192.0.2.7" },
			     &found, &first);
	unlink(path);
	return verdict;
}

/* Which line is found, and which stands in for an unknown user; 0: none. */
static const struct {
	const char *text, *name;
	enum users_verdict verdict;
	unsigned long line, first;
} rows[] = {
	/* clang-format off */
	{ "", "a", USERS_UNKNOWN, 0, 0 },
	{ "a:{PLAIN}x", "a", USERS_FOUND, 1, 0 },
	{ "a:{PLAIN}x\n", "b", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x\n", "", USERS_UNKNOWN, 0, 1 },
	/* In lower case where there is none as it is; never in capitals. */
	{ "a:{PLAIN}x\n", "A", USERS_FOUND, 1, 1 },
	{ "A:{PLAIN}x\n", "a", USERS_UNKNOWN, 0, 1 },
	{ "Ab:{PLAIN}x\n", "AB", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x\nA:{PLAIN}y\n", "A", USERS_FOUND, 2, 1 },
	{ "A:{PLAIN}y\na:{PLAIN}x\n", "a", USERS_FOUND, 2, 1 },
	{ "ab:{PLAIN}x\nAb:{PLAIN}y\n", "AB", USERS_FOUND, 1, 1 },
	{ "a:{PLAIN}x\na:{PLAIN}y\n", "A", USERS_FOUND, 1, 1 },
	{ "\303\244:{PLAIN}x\n", "\303\204", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x\nA:!\n", "A", USERS_UNKNOWN, 0, 1 },
	{ "a:!\nb:{PLAIN}y\n", "A", USERS_UNKNOWN, 0, 2 },
	{ "a:{PLAIN}x\r\n", "A", USERS_TROUBLE, 0, 0 },
	{ "a:{PLAIN}x\r\nA:{PLAIN}x\n", "A", USERS_FOUND, 2, 0 },
	{ "a:{PLAIN}x::::::proxy\n", "A", USERS_TROUBLE, 0, 1 },
	{ "a:{PLAIN}x\nnonsense\n", "A", USERS_FOUND, 1, 1 },
	{ "ab:{PLAIN}x\n", "a", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x\n", "ab", USERS_UNKNOWN, 0, 1 },
	{ "# a:{PLAIN}x\n\n:a:x\nb:{PLAIN}y\n", "b", USERS_FOUND, 4, 0 },
	{ "#a:{PLAIN}x\n", "#a", USERS_UNKNOWN, 0, 0 },
	{ "a:{PLAIN}x\na:{PLAIN}y\n", "a", USERS_FOUND, 1, 0 },
	/* Locked, or without a password: as unknown as any. */
	{ "a:\nb:{PLAIN}y\n", "a", USERS_UNKNOWN, 0, 2 },
	{ "a:*\nb:{PLAIN}y\n", "a", USERS_UNKNOWN, 0, 2 },
	{ "a:!$6$x\nb:{PLAIN}y\n", "a", USERS_UNKNOWN, 0, 2 },
	{ "a:{PLAIN}\nb:{PLAIN}y\n", "a", USERS_UNKNOWN, 0, 2 },
	{ "a:*\na:{PLAIN}y\n", "a", USERS_UNKNOWN, 0, 2 },
	/* No stand-in is taken from what cannot be checked. */
	{ "x:{NTLM}y\ny:*\nz:{PLAIN}z\n", "a", USERS_UNKNOWN, 0, 3 },
	{ "x:{SSHA}y\nz:{PLAIN}z\n", "a", USERS_UNKNOWN, 0, 2 },
	{ "x:" DEAR "\nz:{PLAIN}z\n", "a", USERS_UNKNOWN, 0, 2 },
	{ "x:{PLAIN}y\1\nz:{PLAIN}z\n", "a", USERS_UNKNOWN, 0, 2 },
	/* A line whose name cannot be told may have been the user's. */
	{ "nonsense\na:{PLAIN}x\n", "a", USERS_FOUND, 2, 0 },
	{ "nonsense\na:{PLAIN}x\n", "b", USERS_TROUBLE, 0, 2 },
	{ "a b:{PLAIN}x\n", "b", USERS_TROUBLE, 0, 0 },
	{ " a:{PLAIN}x\n", "a", USERS_TROUBLE, 0, 0 },
	{ "a\r:{PLAIN}x\n", "a", USERS_TROUBLE, 0, 0 },
	/* One's own bad line. */
	{ "a:{PLAIN}x\r\n", "a", USERS_TROUBLE, 0, 0 },
	{ "a:{PLAIN}x\1\n", "a", USERS_TROUBLE, 0, 0 },
	/* Extra fields. One that lets nobody in: as unknown as any. */
	{ "a:{PLAIN}x::::::nologin\n", "a", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x::::::nologin=no\n", "A", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x::::::allow_nets=10.0.0.0/8\n", "a", USERS_UNKNOWN, 0,
	  1 },
	{ "a:{PLAIN}x\nA:{PLAIN}x::::::nologin\n", "A", USERS_UNKNOWN, 0, 1 },
	{ "a:{PLAIN}x::::::\tproxy=y nologin\n", "a", USERS_TROUBLE, 0, 0 },
	{ "a:!::::::proxy\n", "a", USERS_UNKNOWN, 0, 0 },
	{ "a:{PLAIN}x::::::userdb_quota_rule=*:storage=1G\n", "a",
	  USERS_FOUND, 1, 0 },
	/* clang-format on */
};

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const enum users_verdict verdict =
			find(rows[i].text, strlen(rows[i].text), rows[i].name);

		tap(verdict == rows[i].verdict &&
			    (verdict != USERS_FOUND ||
			     found.number == rows[i].line) &&
			    first.number == rows[i].first,
		    "\"%s\" in \"%s\"", rows[i].name, rows[i].text);
	}
}

/* What each extra field comes to, for a client at 192.0.2.7; its template. */
static const struct {
	const char *fields;
	enum users_verdict verdict;
	const char *mail;
} extras[] = {
	/* clang-format off */
	{ "", USERS_FOUND, NULL },
	{ " \t ", USERS_FOUND, NULL },
	{ "nodelay reason=x userdb_quota=maildir userdb_quota_rule2=a:b",
	  USERS_FOUND, NULL },
	{ "userdb_sieve=~/.sieve\tuserdb_nice=5 userdb_imap_x= userdb_lda_x "
	  "userdb_lmtp_x=y nodelay=y", USERS_FOUND, NULL },
	{ "allow_nets=192.0.2.7", USERS_FOUND, NULL },
	{ "allow_nets=192.0.2.0/24", USERS_FOUND, NULL },
	{ "allow_nets=::1,local,10.0.0.0/8,192.0.2.0/29", USERS_FOUND, NULL },
	{ "allow_nets=192.0.2.7 allow_nets=192.0.2.8", USERS_UNKNOWN, NULL },
	{ "allow_nets=192.0.2.8", USERS_UNKNOWN, NULL },
	{ "allow_nets=local", USERS_UNKNOWN, NULL },
	{ "allow_nets=::/0", USERS_UNKNOWN, NULL },
	{ "allow_nets=192.0.2.8/29 nologin", USERS_UNKNOWN, NULL },
	{ "nologin", USERS_UNKNOWN, NULL },
	{ "nologin=", USERS_UNKNOWN, NULL },
	{ "allow_nets", USERS_TROUBLE, NULL },
	{ "allow_nets=", USERS_TROUBLE, NULL },
	{ "allow_nets=192.0.2.7,", USERS_TROUBLE, NULL },
	{ "allow_nets=192.0.2.7,host", USERS_TROUBLE, NULL },
	{ "allow_nets=192.0.2.0/33", USERS_TROUBLE, NULL },
	{ "allow_nets=192.0.2.7, 10.0.0.1", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:/m/%d/%n/%u%%", USERS_FOUND, "/m/%d/%n/%u%%" },
	{ "userdb_mail=maildir:~/Mail", USERS_FOUND, "~/Mail" },
	{ "userdb_mail=maildir:~", USERS_FOUND, "~" },
	{ "userdb_mail=maildir:%h/Mail", USERS_FOUND, "%h/Mail" },
	{ "userdb_mail=maildir:/m:INDEX=/i/%u:LAYOUT=fs:CONTROL=/c nodelay",
	  USERS_FOUND, "/m" },
	{ "userdb_mail=maildir:/a userdb_mail=maildir:/b", USERS_FOUND, "/b" },
	{ "userdb_mail", USERS_TROUBLE, NULL },
	{ "userdb_mail=", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:Mail", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:~bob/Mail", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:/m/%Lu", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:~/%{user}", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:/m:INBOX=/i", USERS_TROUBLE, NULL },
	{ "userdb_mail=maildir:/m:", USERS_TROUBLE, NULL },
	{ "userdb_mail=mbox:/m", USERS_TROUBLE, NULL },
	{ "userdb_mail=/m", USERS_TROUBLE, NULL },
	{ "proxy", USERS_TROUBLE, NULL },
	{ "nodelay host=192.0.2.1", USERS_TROUBLE, NULL },
	{ "user=bob", USERS_TROUBLE, NULL },
	{ "userdb_home=/x", USERS_TROUBLE, NULL },
	{ "userdb_quot=x", USERS_TROUBLE, NULL },
	{ "quota=1", USERS_TROUBLE, NULL },
	{ "nodelays", USERS_TROUBLE, NULL },
	{ "nologins", USERS_TROUBLE, NULL },
	{ "Nologin", USERS_TROUBLE, NULL },
	{ "=", USERS_TROUBLE, NULL },
	{ "allow_real_nets=192.0.2.7", USERS_TROUBLE, NULL },
	/* clang-format on */
};

static void test_extras(void)
{
	for (size_t i = 0; i < COUNT(extras); i++) {
		const char *const wanted = extras[i].mail;
		char line[256];
		const int n = snprintf(line, sizeof(line),
				       "a:{PLAIN}x::::/home/a::%s\n",
				       extras[i].fields);
		const enum users_verdict verdict = find(line, (size_t)n, "a");

		tap(verdict == extras[i].verdict &&
			    (verdict != USERS_FOUND ||
			     (wanted == NULL ? found.mail == NULL
					     : found.mail != NULL &&
						       strcmp(found.mail,
							      wanted) == 0)),
		    "extra fields \"%s\"", extras[i].fields);
	}
}

/* The whole file, for the line that stands in. */
static void test_whole(void)
{
	static const char text[] = "x:!\na:{NTLM}x\nb:{PLAIN}y\na:{PLAIN}z\n";

	whole = true;
	tap(find(text, sizeof(text) - 1, "a") == USERS_FOUND &&
		    found.number == 2 && first.number == 3,
	    "a line behind one's own stands in");
	tap(find(text, sizeof(text) - 1, "A") == USERS_FOUND &&
		    found.number == 2 && first.number == 3,
	    "... in lower case, too");
	tap(find(text, sizeof(text) - 1, "x") == USERS_UNKNOWN &&
		    first.number == 3,
	    "... and for who is locked out");
	whole = false;
	tap(find(text, sizeof(text) - 1, "a") == USERS_FOUND &&
		    found.number == 2 && first.number == 0,
	    "not where it was not asked for");
}

static void test_fields(void)
{
	static const char text[] =
		"a:{PLAIN}x:1:2:gecos:/home/a:/bin/sh:nodelay=z";
	static const char few[] = "b:{PLAIN}x:1";

	tap(find(text, sizeof(text) - 1, "a") == USERS_FOUND &&
		    strcmp(found.password, "{PLAIN}x") == 0 &&
		    strcmp(found.uid, "1") == 0 &&
		    strcmp(found.gid, "2") == 0 &&
		    strcmp(found.home, "/home/a") == 0 &&
		    strcmp(found.extra, "nodelay=z") == 0,
	    "all fields");
	tap(find(few, sizeof(few) - 1, "b") == USERS_FOUND &&
		    strcmp(found.uid, "1") == 0 && found.gid[0] == '\0' &&
		    found.home[0] == '\0' && found.extra[0] == '\0',
	    "fields that are missing are empty");
}

/* Lines around the length of the buffer, and NUL in them. */
static void test_lengths(void)
{
	static char text[3 * USERS_LINE];

	for (size_t n = USERS_LINE - 3; n <= USERS_LINE + 3; n++) {
		const bool fits = n < USERS_LINE;
		enum users_verdict verdict;

		/* A line of n octets without its LF, and another's. */
		memset(text, 'x', sizeof(text));
		memcpy(text, "long:{PLAIN}", 12);
		memcpy(text + n, "\nb:{PLAIN}y\n", 12);
		verdict = find(text, n + 12, "long");
		tap(verdict == (fits ? USERS_FOUND : USERS_TROUBLE),
		    "a line of %zu octets", n);
		tap(find(text, n + 12, "b") == USERS_FOUND &&
			    found.number == 2 && first.number == (fits ? 1 : 0),
		    "... and the one behind it");
		tap(find(text, n, "b") == USERS_UNKNOWN &&
			    first.number == (fits ? 1 : 0),
		    "... without a line end");
	}
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	tap(find(text, sizeof(text), "x") == USERS_TROUBLE,
	    "an overlong line without a colon");
	tap(find("a:{PLAIN}x\0y\n", 13, "a") == USERS_TROUBLE,
	    "NUL in a password");
	tap(find("a\0b:{PLAIN}x\n", 13, "a") == USERS_TROUBLE, "NUL in a name");
}

static void test_files(void)
{
	struct users_search search = { "/nonexistent/users", "a",   1,
				       password_checkable,   false, "" };
	char empty[] = "/tmp/users.XXXXXX";
	int fd;

	tap(users_find(&search, &found, &first) == USERS_TROUBLE, "no file");
	search.path = "/";
	tap(users_find(&search, &found, &first) == USERS_TROUBLE, "a folder");
	search.path = "/dev/null";
	tap(users_find(&search, &found, &first) == USERS_TROUBLE, "a device");
	fd = mkstemp(empty);
	search.path = empty;
	search.name = NULL;
	tap(fd >= 0 && users_find(&search, &found, &first) == USERS_UNKNOWN,
	    "an empty file, and nobody's name");
	close(fd);
	unlink(empty);
}

static void test_plain(void)
{
	static const struct {
		const char *stored, *given;
		bool right;
	} pairs[] = {
		{ "x", "x", true },	    { "x", "", false },
		{ "x", "y", false },	    { "x", "xx", false },
		{ "xx", "x", false },	    { "ab", "abab", false },
		{ " a b ", " a b ", true }, { "\xff", "\xff", true },
		{ "\xff", "\x7f", false },
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		char field[64];

		snprintf(field, sizeof(field), "{PLAIN}%s", pairs[i].stored);
		tap(password_check(field, pairs[i].given) ==
			    (pairs[i].right ? PASSWORD_RIGHT : PASSWORD_WRONG),
		    "\"%s\" for \"%s\"", pairs[i].given, pairs[i].stored);
	}
	tap(password_check("{PLAIN.B64}b3BlbiBzZXNhbWU=", "open sesame") ==
		    PASSWORD_RIGHT,
	    "a password in base64");
	tap(password_check("{CLEAR.hex}6f70656E", "open") == PASSWORD_RIGHT,
	    "a password in hexadecimal digits");
	tap(password_check("{NTLM}x", "x") == PASSWORD_BAD_SCHEME,
	    "an unknown scheme");
	tap(password_check("{SSHA}x", "x") == PASSWORD_BAD_HASH, "no hash");
	tap(password_check(DEAR, "x") == PASSWORD_DEAR_HASH, "4 GiB");
}

static void test_ids(void)
{
	static const struct {
		const char *text;
		bool good;
		unsigned id;
	} ids[] = {
		{ "1", true, 1 },
		{ "65534", true, 65534 },
		{ "4294967294", true, 4294967294 },
		{ "4294967295", false, 0 },
		{ "4294967296", false, 0 },
		{ "18446744073709551617", false, 0 },
		{ "0", false, 0 },
		{ "000", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "1 ", false, 0 },
		{ "root", false, 0 },
	};

	for (size_t i = 0; i < COUNT(ids); i++) {
		unsigned id = 0;
		const bool good = users_id(ids[i].text, &id);

		tap(good == ids[i].good && (!good || id == ids[i].id),
		    "id \"%s\"", ids[i].text);
	}
}

int main(void)
{
	/* What is logged about all this is not looked at here. */
	const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		abort();
	test_rows();
	test_extras();
	test_whole();
	test_fields();
	test_lengths();
	test_files();
	test_plain();
	test_ids();
	return tap_done();
}
