/* SPDX-License-Identifier: ISC */
#include "backends/maildir/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"
#include "backends/maildir/password.h"
#include "backends/maildir/template.h"
#include "backends/maildir/users.h"
#include "os/become.h"
#include "pure/text.h"

/* One login at work. Its passwords are overwritten when it is over. */
struct attempt {
	const char *name;
	size_t len;
	const char *password;
	const char *file;
	struct user found;
	struct user first; /* stands in for an unknown user's line */
};

static const char temporary[] = "TEMP mailbox not available\n";

/*
 * A service may have credentials, but no users among them. Anything else that
 * is wrong with that file is for users_find to say.
 */
static const char *users_path(const struct login *login)
{
	static char path[4096];
	static const char name[] = "/users";
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t len = folder ? strlen(folder) : 0;

	if (login->users)
		return login->users;
	if (!len || len + sizeof(name) > sizeof(path))
		return USERS_FILE;
	memcpy(path, folder, len);
	memcpy(path + len, name, sizeof(name));
	if (access(path, F_OK) && errno == ENOENT)
		return USERS_FILE;
	return path;
}

/* A scheme's name is no secret, but what stands where no } ends it may be. */
static void unknown_scheme(char why[160], const char *field)
{
	const size_t n = strspn(field + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "abcdefghijklmnopqrstuvwxyz"
					   "0123456789-.");
	const bool told = field[n + 1] == '}' && n < 40;
	struct text text = { .data = why, .size = 159 };

	text_string(&text, "unknown password scheme");
	if (told) {
		text_string(&text, " ");
		text_add(&text, field, n + 2);
	}
	text_string(&text, ": take {CRYPT} and a hash of mkpasswd's, or "
			   "{PLAIN}");
	why[text.len] = '\0';
}

/* Why it cannot be told whether a password is right, and what to do. */
static const char *unchecked(char why[160], enum password_verdict verdict,
			     const char *field)
{
	switch (verdict) {
	case PASSWORD_BAD_SCHEME:
		unknown_scheme(why, field);
		return why;
	case PASSWORD_BAD_HASH:
		return "bad password hash: put one of mkpasswd's there, or "
		       "{PLAIN} before a password in clear";
	case PASSWORD_DEAR_HASH:
		return "password hash too dear to check: make one that takes "
		       "less memory and time, with mkpasswd say; maildir(8) "
		       "has the limits";
	default:
		return "password not checked";
	}
}

/*
 * The password against a line of the file. For a line that is not the user's
 * own the verdict serves for nothing but trouble: such a check is made for
 * its cost.
 */
static enum password_verdict check(const struct attempt *attempt,
				   const struct user *user)
{
	const enum password_verdict verdict =
		password_check(user->password, attempt->password);
	char why[160];

	if (verdict > PASSWORD_WRONG)
		report_line(attempt->file, user->number,
			    unchecked(why, verdict, user->password), user->text,
			    strlen(user->text));
	return verdict;
}

static const char *unknown_user(const struct attempt *attempt)
{
	enum password_verdict verdict = PASSWORD_WRONG;

	if (attempt->first.number)
		verdict = check(attempt, &attempt->first);
	return verdict <= PASSWORD_WRONG ? "ERR\n" : temporary;
}

/* Returns NULL, or what is wrong with the user's line. */
static const char *set_folder(const struct login *login, struct folder *folder,
			      const struct attempt *attempt)
{
	char data[FOLDER_PATH];
	struct text path = { .data = data, .size = sizeof(data) };
	const char *why;

	why = template_expand(&path, login->template, attempt->name,
			      attempt->len, attempt->found.home);
	if (why)
		return why;
	if (folder_set_path(folder, path.data, path.len))
		return "no usable path to the Maildir";
	return NULL;
}

/*
 * Root gives itself up for good. pop3-skel does the same by the `become` line;
 * the Maildir is not touched before.
 */
static const char *become(struct login *login, const struct attempt *attempt)
{
	unsigned int uid;
	unsigned int gid;

	if (geteuid())
		return NULL;
	if (!users_id(attempt->found.uid, &uid) ||
	    !users_id(attempt->found.gid, &gid))
		return "no uid and gid but 0 to become";
	/* By root: where we are resident only root's word counts. */
	answer_become(uid, gid);
	answer_flush();
	if (!become_user(uid, gid)) {
		report(REPORT_ERROR, "root could not be given up", errno);
		_exit(EX_TEMPFAIL);
	}
	login->dropped = true;
	return NULL;
}

void login_lock(const struct folder *folder)
{
	char path[LIMIT_PATH];

	if (answer_lockable(folder->root.data, path))
		answer_lock(path);
}

static const char *known_user(struct login *login, struct folder *folder,
			      struct attempt *attempt)
{
	const char *why;
	bool same;

	switch (check(attempt, &attempt->found)) {
	case PASSWORD_RIGHT:
		break;
	case PASSWORD_WRONG:
		return "ERR\n";
	default:
		return temporary;
	}
	/* The account is as the file spells it. */
	same = !memcmp(attempt->name, attempt->found.text, attempt->len);
	attempt->name = attempt->found.text;
	why = set_folder(login, folder, attempt);
	if (!why)
		why = become(login, attempt);
	if (why) {
		report_line(attempt->file, attempt->found.number, why,
			    attempt->name, attempt->len);
		return temporary;
	}
	memcpy(login->user, attempt->name, attempt->len);
	login->user[attempt->len] = '\0';
	if (!same) {
		answer_string("user ");
		answer_string(login->user);
		answer_string("\n");
	}
	/* So that who finds it in use does not list it first. */
	login_lock(folder);
	return "OK\n";
}

static const char *try(struct login *login, struct folder *folder,
		       struct attempt *attempt)
{
	const bool valid = attempt->len < sizeof(login->user) &&
			   name_user(attempt->name, attempt->len);

	attempt->file = users_path(login);
	switch (users_find(attempt->file, valid ? attempt->name : NULL,
			   attempt->len, &attempt->found, &attempt->first)) {
	case USERS_FOUND:
		return known_user(login, folder, attempt);
	case USERS_UNKNOWN:
		return unknown_user(attempt);
	default:
		return temporary;
	}
}

void login_answer(struct login *login, struct folder *folder, char *arguments)
{
	static struct attempt attempt;
	char *blank = arguments ? strchr(arguments, ' ') : NULL;

	login->user[0] = '\0';
	if (!blank || login->dropped) {
		report(REPORT_ERROR,
		       blank ? "a second login, but root was given up"
			     : "login without a password",
		       0);
		answer_string(temporary);
		return;
	}
	attempt.name = arguments;
	attempt.len = (size_t)(blank - arguments);
	attempt.password = blank + 1;
	answer_string(try(login, folder, &attempt));
	users_forget(&attempt.found);
	users_forget(&attempt.first);
}
