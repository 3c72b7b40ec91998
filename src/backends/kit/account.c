/* SPDX-License-Identifier: ISC */
#include "backends/kit/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"
#include "backends/kit/rights.h"
#include "backends/kit/template.h"
#include "os/become.h"
#include "pure/text.h"

static const char temporary[] = "TEMP mailbox not available\n";

/*
 * A service may have credentials, but no users among them. Anything else that
 * is wrong with that file is for users_find to say.
 */
static const char *users_path(const struct accounts *accounts)
{
	static char path[4096];
	static const char name[] = "/users";
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t len = folder ? strlen(folder) : 0;

	if (accounts->users)
		return accounts->users;
	if (!len || len + sizeof(name) > sizeof(path))
		return USERS_FILE;
	memcpy(path, folder, len);
	memcpy(path + len, name, sizeof(name));
	if (access(path, F_OK) && errno == ENOENT)
		return USERS_FILE;
	return path;
}

void account_client(struct accounts *accounts, const char *words)
{
	static const char fact[] = " remote=";
	char address[ADDRESS_ROOM + 2];
	const char *at = strstr(words, fact);
	size_t len;

	accounts->client[0] = '\0';
	if (!at)
		return;
	at += sizeof(fact) - 1;
	len = strcspn(at, " ");
	if (len >= sizeof(address))
		return;
	memcpy(address, at, len);
	address[len] = '\0';
	address_parse(address, accounts->client);
}

static enum users_verdict find(struct account *account,
			       const struct accounts *accounts,
			       const char *name, size_t len,
			       bool (*stands_in)(const char *field), bool whole)
{
	const bool valid = len <= LIMIT_USER && users_name(name, len);
	struct users_search search = { .name = valid ? name : NULL,
				       .len = len,
				       .stands_in = stands_in,
				       .whole = whole,
				       .client = accounts->client };

	account->name = name;
	account->len = len;
	account->file = search.path = users_path(accounts);
	return users_find(&search, &account->found, &account->first);
}

enum users_verdict account_find(struct account *account,
				const struct accounts *accounts,
				const char *name, size_t len,
				bool (*stands_in)(const char *field))
{
	return find(account, accounts, name, len, stands_in, true);
}

const char *account_check(const struct accounts *accounts)
{
	static struct account nobody;
	static char answer[LIMIT_PATH + 64];
	struct text text = { .data = answer, .size = sizeof(answer) - 1 };

	const enum users_verdict verdict =
		find(&nobody, accounts, "", 0, password_checkable, true);

	account_forget(&nobody);
	if (verdict != USERS_TROUBLE)
		return geteuid() == 0 ? rights_check(false) : NULL;
	text_string(&text, "TEMP the users file ");
	text_string(&text, nobody.file);
	text_string(&text, " cannot be used\n");
	return answer;
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
static enum password_verdict check(const struct account *account,
				   const struct user *user,
				   const char *password)
{
	const enum password_verdict verdict =
		password_check(user->password, password);
	char why[160];

	if (verdict > PASSWORD_WRONG)
		report_line(account->file, user->number,
			    unchecked(why, verdict, user->password), user->text,
			    strlen(user->text));
	return verdict;
}

const char *account_login(struct account *account,
			  const struct accounts *accounts, const char *name,
			  size_t len, const char *password)
{
	enum password_verdict verdict = PASSWORD_WRONG;

	switch (find(account, accounts, name, len, password_checkable, false)) {
	case USERS_FOUND:
		verdict = check(account, &account->found, password);
		if (verdict == PASSWORD_RIGHT)
			return NULL;
		break;
	case USERS_UNKNOWN:
		if (account->first.number)
			verdict = check(account, &account->first, password);
		break;
	case USERS_TROUBLE:
		return temporary;
	}
	return verdict <= PASSWORD_WRONG ? "ERR\n" : temporary;
}

const char *account_path(const struct account *account,
			 const struct accounts *accounts, struct text *path)
{
	const struct user *const own = &account->found;

	return template_expand(path, own->mail ? own->mail : accounts->template,
			       own->text, account->len, own->home);
}

/*
 * Root gives itself up for good. pop3-skel does the same by the `become` line;
 * the Maildir is not touched before.
 */
const char *account_become(const struct account *account,
			   struct accounts *accounts)
{
	unsigned int uid;
	unsigned int gid;

	if (geteuid())
		return NULL;
	if (!users_id(account->found.uid, &uid) ||
	    !users_id(account->found.gid, &gid))
		return "no uid and gid but 0 to become";
	/* By root: where we are resident only root's word counts. */
	answer_become(uid, gid);
	answer_flush();
	if (!become_user(uid, gid)) {
		rights_lost();
		_exit(EX_TEMPFAIL);
	}
	accounts->dropped = true;
	return NULL;
}

const char *account_refuse(const struct account *account, const char *why)
{
	report_line(account->file, account->found.number, why,
		    account->found.text, account->len);
	return temporary;
}

void account_user(const struct account *account)
{
	answer_string("user ");
	answer_add(account->found.text, account->len);
	answer_string("\n");
}

void account_forget(struct account *account)
{
	users_forget(&account->found);
	users_forget(&account->first);
}
