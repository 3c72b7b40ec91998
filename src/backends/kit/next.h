/* SPDX-License-Identifier: ISC */
/*
 * Who goes on with the session after us: another program, found and started in
 * our place.
 */
#ifndef BACKENDS_KIT_NEXT_H
#define BACKENDS_KIT_NEXT_H

/*
 * A program that stands for itself: with a slash as it is, else in the folder
 * of the backends, else (not found there) as it is, for PATH. Stays until the
 * next call.
 */
const char *next_path(const char *name);

/* Says where such a program was looked for that does not start, and why. */
void next_failed(const char *name, int error);

/* Goes on as this program; where that fails, ours ends, and says so. */
_Noreturn void next_exec(const char *const argv[]);

/*
 * The same with descriptors 0 to 2 alone: what a checker or a module left open
 * as root is not for the user.
 */
_Noreturn void next_exec_alone(const char *const argv[]);

#endif
