/* SPDX-License-Identifier: ISC */
#include "maildrop/lock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

/* Whether a file is one that the session has locked before. */
static bool ours(const struct locks *l, const char *path)
{
	for (unsigned i = 0; i < l->count; i++)
		if (file_is(l->held[i], path))
			return true;
	return false;
}

/* As file_lock, or for what else ended the wait. */
static int wait_lock(const char *path, int64_t wait_ms, struct io *io,
		     struct process *backend)
{
	const int64_t since = io_now(), backend_at = io->backend_at;
	/* One of ours is heard of by its exit, which tells more. */
	const unsigned left = backend->pid == 0 ? IO_LEFT : 0;
	int fd = -EWOULDBLOCK;

	io->backend_at = 0;
	while (fd == -EWOULDBLOCK && io_now() < since + wait_ms) {
		unsigned events;

		io->pause_at = io_now() + LIMIT_LOCK_TRY_MS;
		events = io_wait(io, IO_GONE | left);
		if (io_waited(io, backend, events))
			fd = -ECANCELED;
		else if (backend->exited)
			fd = -ECHILD;
		else if (events & IO_REPLY)
			fd = -EPIPE;
		else
			fd = file_lock(path);
	}
	io->pause_at = 0;
	if (backend_at > 0)
		io->backend_at = backend_at + (io_now() - since);
	return fd;
}

int lock_take(struct locks *l, const char *path, int64_t wait_ms, struct io *io,
	      struct process *backend)
{
	int fd;

	if (l->count == LIMIT_LOCKS)
		return -ENOLCK;
	if (ours(l, path))
		return 0;
	fd = file_lock(path);
	if (fd == -EWOULDBLOCK && wait_ms > 0)
		fd = wait_lock(path, wait_ms, io, backend);
	if (fd < 0)
		return fd;
	l->held[l->count++] = fd;
	return 0;
}

const char *lock_wrong(int error, const char **why)
{
	switch (error) {
	case -ECHILD:
		return "exited while it waited for a lock";
	case -EPIPE:
		return "closed its output while it waited for a lock";
	case -ENOLCK:
		return "too many locks";
	default:
		*why = strerror(-error);
		return "cannot lock";
	}
}

void lock_free(struct locks *l, unsigned keep)
{
	while (l->count > keep)
		close(l->held[--l->count]);
}
