/* SPDX-License-Identifier: ISC */
/*
 * peek PID: whether we may look into this process, in any of the ways there
 * are. Prints those that work; exit status 1 where none does.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const pid_t pid = argc == 2 ? atoi(argv[1]) : 0;
	const int process = (int)syscall(SYS_pidfd_open, pid, 0);
	char name[64], octet;
	struct iovec here = { &octet, 1 }, there = { NULL, 1 };
	unsigned long from = 0;
	int found = 0;
	FILE *maps;

	if (process < 0)
		return 64;
	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	maps = fopen(name, "re");
	if (maps != NULL && fscanf(maps, "%lx", &from) == 1 && ++found)
		puts(name);
	there.iov_base = (void *)from;
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) == 1 && ++found)
		puts("process_vm_readv");
	snprintf(name, sizeof(name), "/proc/%d/mem", (int)pid);
	if (open(name, O_RDONLY) >= 0 && ++found)
		puts(name);
	snprintf(name, sizeof(name), "/proc/%d/fd/0", (int)pid);
	if (readlink(name, &octet, 1) == 1 && ++found)
		puts(name);
	if (syscall(SYS_pidfd_getfd, process, 0, 0) >= 0 && ++found)
		puts("pidfd_getfd");
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 && ++found)
		puts("ptrace");
	return found == 0;
}
