/* SPDX-License-Identifier: ISC */
/*
 * Part of every program in the builds with AddressSanitizer, and of none that
 * is installed: at the end of a process LeakSanitizer looks at it with
 * ptrace(2), which our programs let nobody do.
 */
#include <sys/prctl.h>

__attribute__((destructor)) static void let_leaks_be_found(void)
{
	prctl(PR_SET_DUMPABLE, 1);
}
