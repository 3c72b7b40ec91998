/* SPDX-License-Identifier: ISC */
#include "os/become.h"

#include <errno.h>
#include <grp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

bool become_without_groups(void)
{
	return setgroups(0, NULL) == 0;
}

bool become_private(void)
{
	return prctl(PR_SET_DUMPABLE, 0) == 0;
}

bool become_user(uid_t uid, gid_t gid)
{
	if (!become_without_groups() || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return false;
	if (setuid(0) == 0) {
		errno = EPERM;
		return false;
	}
	/* Again, whatever fs.suid_dumpable makes of a new user. */
	return become_private();
}

bool become_never_root(void)
{
	return geteuid() != 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}
