/* SPDX-License-Identifier: ISC */
/* probe STATIC DYNAMIC - what the machine takes for what a session is made of:
 * microseconds of the first touch of a page, of starting a program and waiting
 * for its end, and of a system call that does nothing. The programs are this
 * one, which without words ends at once. Each is the median of some. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIMES = 101, PAGES = 256, CALLS = 1000 };

extern char **environ;

static void page(const char *unused)
{
	(void)unused;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *at = mmap(NULL, PAGES * size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		exit(1);
	/* One by one, as a program has them. */
	madvise((void *)at, PAGES * size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		at[i * size] = 1;
	munmap((void *)at, PAGES * size);
}

static void call(const char *unused)
{
	(void)unused;
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
}

static void program(const char *name)
{
	char *words[] = { (char *)name, NULL };
	pid_t pid;
	int status;
	if (posix_spawn(&pid, name, NULL, NULL, words, environ) ||
	    waitpid(pid, &status, 0) != pid || status)
		exit(1);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(clockid_t clock, void (*what)(const char *),
		     const char *name)
{
	double all[TIMES];
	for (int i = 0; i < TIMES; i++) {
		struct timespec a, b;
		clock_gettime(clock, &a);
		what(name);
		clock_gettime(clock, &b);
		all[i] = (double)(b.tv_sec - a.tv_sec) * 1e6 +
			 (double)(b.tv_nsec - a.tv_nsec) / 1e3;
	}
	qsort(all, TIMES, sizeof *all, compare);
	return all[TIMES / 2];
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return 0;
	if (argc != 3)
		return 2;
	/* Of our own work the processor's time, whoever else has it meanwhile. */
	printf("page fault %.2f, static exec %.0f, dynamic exec %.0f, "
	       "getppid %.3f\n",
	       median(CLOCK_PROCESS_CPUTIME_ID, page, NULL) / PAGES,
	       median(CLOCK_MONOTONIC, program, argv[1]),
	       median(CLOCK_MONOTONIC, program, argv[2]),
	       median(CLOCK_PROCESS_CPUTIME_ID, call, NULL) / CALLS);
	return 0;
}
