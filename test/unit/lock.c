/* SPDX-License-Identifier: ISC */
/* src/maildrop/lock.c: locks that are had, waited for, and let go. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "maildrop/lock.h"
#include "os/file.h"
#include "tap.h"

static struct locks locks;
static struct io io;
static struct process backend;
static char folder[] = "/tmp/unit-lock.XXXXXX";

/* A path in the folder; one of a few places. */
static const char *in(unsigned n)
{
	static char places[4][64];
	static unsigned next;
	char *const to = places[next++ % 4];

	snprintf(to, sizeof(places[0]), "%s/%u", folder, n);
	return to;
}

static int take(unsigned n, int64_t wait_ms)
{
	return lock_take(&locks, in(n), wait_ms, &io, &backend);
}

static void test_ours(void)
{
	int other;

	tap(take(1, 0) == 0 && locks.count == 1, "one that nobody has");
	tap(take(1, 0) == 0 && locks.count == 1, "... again: it is ours");
	tap(file_lock(in(1)) == -EWOULDBLOCK, "... and no other's");
	tap(lock_take(&locks, folder, 0, &io, &backend) == 0 &&
		    locks.count == 2,
	    "a folder");
	tap(lock_take(&locks, "/nowhere/x", 0, &io, &backend) == -ENOENT &&
		    locks.count == 2,
	    "one that cannot be made");
	take(2, 0);
	lock_free(&locks, 1);
	other = file_lock(in(2));
	tap(locks.count == 1 && other >= 0 && file_lock(in(1)) == -EWOULDBLOCK,
	    "let go, but for the first");
	close(other);
	lock_free(&locks, 0);
	other = file_lock(in(1));
	tap(locks.count == 0 && other >= 0, "let go, all");
	close(other);
}

static void test_many(void)
{
	bool all = true;

	for (unsigned i = 0; i < LIMIT_LOCKS; i++)
		all &= take(i, 0) == 0;
	tap(all && take(LIMIT_LOCKS, 0) == -ENOLCK &&
		    locks.count == LIMIT_LOCKS,
	    "as many as there may be");
	lock_free(&locks, 0);
}

static void test_wait(void)
{
	const int other = file_lock(in(1));
	int64_t since = io_now();

	tap(take(1, 0) == -EWOULDBLOCK && locks.count == 0,
	    "one that another has");
	since = io_now();
	io.backend_at = since + 1000;
	tap(take(1, 120) == -EWOULDBLOCK && io_now() >= since + 120,
	    "... waited for");
	tap(io.backend_at >= since + 1120 && io.pause_at == 0,
	    "... while the backend's deadline stood still");
	raise(SIGTERM);
	tap(take(1, 60000) == -ECANCELED && locks.count == 0 &&
		    io_now() < since + 30000,
	    "... until SIGTERM");
	close(other);
}

int main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	io_start(&io, 0);
	test_ours();
	test_many();
	test_wait();
	for (unsigned i = 0; i <= LIMIT_LOCKS; i++)
		unlink(in(i));
	rmdir(folder);
	return tap_done();
}
