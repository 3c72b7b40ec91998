/* SPDX-License-Identifier: ISC */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* Three pipes, all ends close-on-exec, or none. */
static int open_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) < 0) {
			const int error = errno;

			while (i-- > 0)
				close_pair(pipes[i]);
			return -error;
		}
	}
	return 0;
}

/*
 * Handlers fall back to their defaults by the exec itself; what is ignored,
 * by us or by who started us, would stay so. Nobody ignores real-time signals,
 * and asking for each is a system call.
 */
void process_ignored(sigset_t *ignored)
{
	struct sigaction action;

	sigemptyset(ignored);
	for (int i = 1; i <= SIGSYS; i++)
		if (sigaction(i, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			sigaddset(ignored, i);
}

/*
 * All of those, ignored or not: for who starts one program, to set each is half
 * of asking for each first.
 */
static void set_all(sigset_t *set)
{
	sigemptyset(set);
	for (int i = 1; i <= SIGSYS; i++)
		if (i != SIGKILL && i != SIGSTOP)
			sigaddset(set, i);
}

static int spawn(pid_t *pid, char *const argv[], char *const envp[],
		 const struct process_way *way,
		 posix_spawn_file_actions_t *actions,
		 posix_spawnattr_t *attributes)
{
	const short group = way->group ? POSIX_SPAWN_SETPGROUP : 0;
	sigset_t none;

	sigemptyset(&none);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF |
						     group);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &way->defaults);
	for (int fd = 0; fd <= 2; fd++) {
		if (way->from[fd] == PROCESS_CLOSED)
			posix_spawn_file_actions_addclose(actions, fd);
		else if (way->from[fd] != fd)
			posix_spawn_file_actions_adddup2(actions, way->from[fd],
							 fd);
	}
	return -posix_spawnp(pid, argv[0], actions, attributes, argv, envp);
}

int process_spawn(pid_t *pid, char *const argv[], char *const envp[],
		  const struct process_way *way)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = -posix_spawn_file_actions_init(&actions);

	if (error < 0)
		return error;
	error = -posix_spawnattr_init(&attributes);
	if (error == 0) {
		error = spawn(pid, argv, envp, way, &actions, &attributes);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int process_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

int process_start(struct process *s, char *const argv[], char *const envp[],
		  int *request, int *reply, int *errors)
{
	struct process_way way = { .group = true };
	int pipes[3][2], error;

	*s = (struct process){ 0 };
	error = open_pipes(pipes);
	if (error < 0)
		return error;
	/* Only our ends: each end of a pipe has its own flags. */
	fcntl(pipes[0][1], F_SETFL, O_WRONLY | O_NONBLOCK);
	fcntl(pipes[1][0], F_SETFL, O_RDONLY | O_NONBLOCK);
	fcntl(pipes[2][0], F_SETFL, O_RDONLY | O_NONBLOCK);
	way.from[0] = pipes[0][0];
	way.from[1] = pipes[1][1];
	way.from[2] = pipes[2][1];
	set_all(&way.defaults);
	error = process_spawn(&s->pid, argv, envp, &way);
	close(pipes[0][0]);
	close(pipes[1][1]);
	close(pipes[2][1]);
	if (error < 0) {
		s->pid = 0;
		close(pipes[0][1]);
		close(pipes[1][0]);
		close(pipes[2][0]);
		return error;
	}
	*request = pipes[0][1];
	*reply = pipes[1][0];
	*errors = pipes[2][0];
	return 0;
}

bool process_exited(struct process *s)
{
	siginfo_t info = { 0 };

	if (s->exited || s->pid == 0)
		return true;
	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) <
		    0 ||
	    info.si_pid == 0)
		return false;
	s->exited = true;
	s->signalled = info.si_code != CLD_EXITED;
	s->status = info.si_status;
	return true;
}

void process_signal(struct process *s, int number)
{
	if (s->pid <= 0)
		return;
	kill(-s->pid, number);
	/* It may have left its group: what is to end it has to reach it. */
	if (number == SIGKILL && !s->exited)
		s->beyond = kill(s->pid, number) < 0 && errno == EPERM;
}

void process_reap(struct process *s)
{
	if (s->pid > 0)
		waitpid(s->pid, NULL, s->beyond ? WNOHANG : 0);
	s->pid = 0;
}
