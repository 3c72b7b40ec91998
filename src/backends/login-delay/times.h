/* SPDX-License-Identifier: ISC */
/*
 * When a user has logged in last: a file of the user's name in a folder.
 */
#ifndef BACKENDS_LOGIN_DELAY_TIMES_H
#define BACKENDS_LOGIN_DELAY_TIMES_H

enum times_verdict {
	TIMES_NOTED, /* this login is the last one now */
	TIMES_EARLY,
	TIMES_NO_NAME, /* there can be no such file */
	TIMES_TROUBLE,
};

/*
 * A good login, now. Too early where it is less than so many seconds after the
 * last one: *left is how many are missing. Trouble is told by errno, too.
 */
enum times_verdict times_note(const char *folder, const char *user,
			      long long seconds, long long *left);

#endif
