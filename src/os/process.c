/* SPDX-License-Identifier: ISC */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/program.h"
#include "pure/apart.h"

/* What os/wait has handlers for. */
static const int caught[] = { SIGALRM, SIGCHLD, SIGTERM, SIGHUP, SIGINT };

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

/* What the system tells of us, in one look; false where it tells nothing. */
APART static bool told_ignored(sigset_t *ignored)
{
	static const char key[] = "\nSigIgn:\t";
	const int fd =
		openat(AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[2048];
	const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	unsigned long long bits;
	const char *at;
	char *end;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, key);
	if (at == NULL)
		return false;
	at += sizeof(key) - 1;
	bits = strtoull(at, &end, 16);
	if (end - at != 16 || *end != '\n')
		return false;
	for (int i = 1; i <= SIGSYS; i++)
		if (bits >> (i - 1) & 1)
			sigaddset(ignored, i);
	return true;
}

/*
 * Handlers fall back to their defaults by the exec itself; what is ignored,
 * by us or by who started us, would stay so. Nobody ignores real-time signals.
 * Without /proc each is asked for.
 */
void process_ignored(sigset_t *ignored)
{
	struct sigaction action;

	sigemptyset(ignored);
	if (told_ignored(ignored))
		return;
	for (int i = 1; i <= SIGSYS; i++)
		if (sigaction(i, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			sigaddset(ignored, i);
}

/*
 * In the child, which shares our memory until it is another program: system
 * calls alone. Returns why it is none.
 */
static int turn_into(char *const argv[], char *const envp[],
		     const struct process_way *way)
{
	const struct sigaction ordinary = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i <= SIGSYS; i++)
		if (sigismember(&way->defaults, i) == 1)
			sigaction(i, &ordinary, NULL);
	if (way->group && setpgid(0, 0) < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++) {
		if (way->from[fd] == PROCESS_CLOSED)
			close(fd);
		else if (way->from[fd] != fd && dup2(way->from[fd], fd) < 0)
			return -errno;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return program_execute(argv, envp);
}

int process_spawn(pid_t *pid, char *const argv[], char *const envp[],
		  const struct process_way *way)
{
	/* The child writes it, before we go on. */
	volatile int error = 0;
	const pid_t child = vfork();

	if (child == 0) {
		error = turn_into(argv, envp, way);
		_exit(127);
	}
	if (child < 0)
		return -errno;
	if (error < 0)
		process_wait(child);
	else
		*pid = child;
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
	/*
	 * Only our ends: each end of a pipe has its own flags. The last is
	 * read where there is something to read, and by nobody else.
	 */
	fcntl(pipes[0][1], F_SETFL, O_WRONLY | O_NONBLOCK);
	fcntl(pipes[1][0], F_SETFL, O_RDONLY | O_NONBLOCK);
	way.from[0] = pipes[0][0];
	way.from[1] = pipes[1][1];
	way.from[2] = pipes[2][1];
	process_ignored(&way.defaults);
	/* Until it is another program our own handlers were its, too. */
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&way.defaults, caught[i]);
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
