/* SPDX-License-Identifier: ISC */
/*
 * Starts programs, and ends the backend's: no other file spawns.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum { PROCESS_CLOSED = -1 };

/* How a program is started: no signal is blocked in it. */
struct process_way {
	int from[3]; /* what become its 0, 1 and 2, or PROCESS_CLOSED */
	sigset_t defaults; /* signals that are not ignored any more */
	bool group; /* a process group of its own */
};

/*
 * The signals up to SIGSYS that are ignored: a program's would be, too. For who
 * starts many.
 */
void process_ignored(sigset_t *);

/*
 * Starts argv[0] (a path, or a name that is looked for in PATH) with the
 * environment given. 0 or -errno; a program that cannot be executed is an error
 * here. Who has handlers names their signals in .defaults as well.
 */
int process_spawn(pid_t *, char *const argv[], char *const envp[],
		  const struct process_way *);

/* Waits for its end: the status as waitpid(2) has it, or -1 with errno. */
int process_wait(pid_t);

struct process {
	pid_t pid; /* 0 where there is none */
	bool exited; /* seen to be over, not yet reaped */
	bool signalled;
	bool beyond; /* it is another user's by now, and cannot be signalled */
	int status; /* exit status, or the signal's number */
};

/*
 * Spawns a backend. Its descriptors 0, 1, 2 are pipes whose other ends come
 * back in request, reply, errors, close-on-exec, the first two non-blocking;
 * nothing else is open in it once ours are all close-on-exec. Signals are at their
 * defaults, in a process group of its own. 0 or -errno, as above.
 */
int process_start(struct process *, char *const argv[], char *const envp[],
		  int *request, int *reply, int *errors);

/* Looks, without waiting or reaping, whether it is over; fills the status. */
bool process_exited(struct process *);

/*
 * Sends a signal to its process group. It has not been reaped yet, so the
 * number still is its own.
 */
void process_signal(struct process *, int number);

/*
 * Reaps it, waiting for its end; but not where it is beyond our signals, as a
 * backend that stayed root when we did not: that one is left behind.
 */
void process_reap(struct process *);

#endif
