/* SPDX-License-Identifier: ISC */
#include "backends/maildir/login.h"

#include <string.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"

/* Returns NULL, or what is wrong with the user's line. */
static const char *set_folder(const struct login *login, struct folder *folder,
			      const struct account *account)
{
	char data[FOLDER_PATH];
	struct text path = { .data = data, .size = sizeof(data) };
	const char *const why = account_path(account, &login->accounts, &path);

	if (why)
		return why;
	if (folder_set_path(folder, path.data, path.len))
		return "no usable path to the Maildir";
	return NULL;
}

void login_lock(const struct folder *folder)
{
	char path[LIMIT_PATH];

	if (answer_lockable(folder->root.data, path))
		answer_lock(path);
}

static const char *enter(struct login *login, struct folder *folder,
			 const struct account *account)
{
	const char *why = set_folder(login, folder, account);

	if (!why)
		why = account_become(account, &login->accounts);
	if (why)
		return account_refuse(account, why);
	/* The account is as the file spells it. */
	memcpy(login->user, account->found.text, account->len);
	login->user[account->len] = '\0';
	if (memcmp(account->name, login->user, account->len))
		account_user(account);
	/* So that who finds it in use does not list it first. */
	login_lock(folder);
	return "OK\n";
}

void login_answer(struct login *login, struct folder *folder, char *arguments)
{
	static struct account account;
	char *blank = arguments ? strchr(arguments, ' ') : NULL;
	const char *answer;

	login->user[0] = '\0';
	if (!blank || login->accounts.dropped) {
		report(REPORT_ERROR,
		       blank ? "a second login, but root was given up"
			     : "login without a password",
		       0);
		answer_string("TEMP mailbox not available\n");
		return;
	}
	answer = account_login(&account, &login->accounts, arguments,
			       (size_t)(blank - arguments), blank + 1);
	answer_string(answer ? answer : enter(login, folder, &account));
	account_forget(&account);
}
