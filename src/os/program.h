/* SPDX-License-Identifier: ISC */
/*
 * Where a program is that was named without a slash, and the shell library.
 */
#ifndef OS_PROGRAM_H
#define OS_PROGRAM_H

#include <stdbool.h>

#include "pure/limit.h"

/* The shell library: $POP3_SKEL_SH, if that is an absolute path, or as built. */
const char *program_library(void);

/*
 * Where the installed backends are: $POP3_SKEL_BACKENDS, if that is an absolute
 * path, or as built.
 */
const char *program_backends(void);

/*
 * The path of such a name in a folder; false, with nothing written, where it
 * has a slash or is too long.
 */
bool program_in(const char *folder, const char *name, char path[LIMIT_PATH]);

/*
 * The backend of this name: where it is among the installed ones, be it one that
 * cannot be started, its path, which is written, and else the name as it is, for
 * PATH.
 */
const char *program_backend(const char *name, char path[LIMIT_PATH]);

/*
 * In a folder of a build, and with nothing installed: sets both variables, so
 * that what was built there is found. Once, before anything else here.
 */
void program_settle(void);

/* The path of a program in the folder of our own; false if it is not there. */
bool program_beside(const char *name, char path[LIMIT_PATH]);

/*
 * Why a program could not be started, by this error; of a script whose program
 * is missing also its name, which nobody looks for.
 */
enum { PROGRAM_ERROR = 512 };
const char *program_error(const char *path, int error,
			  char text[PROGRAM_ERROR]);

/*
 * Whether program_execute() will find it, and can start it by what its first
 * octets say; errno tells why not.
 */
bool program_found(const char *name);

/*
 * Becomes argv[0], a path, or a name that is looked for as above; -errno where
 * that cannot be. A file that names no program is none: no shell runs it.
 * Nothing but system calls, for vfork(2).
 */
int program_execute(char *const argv[], char *const envp[]);

#endif
