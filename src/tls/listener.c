/* SPDX-License-Identifier: ISC */
#include "tls/listener.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/listen.h"
#include "pure/number.h"

/* The first descriptor that a service manager hands over: sd_listen_fds(3). */
enum { HANDED = 3 };

static bool fail(char error[256], const char *what, const char *why)
{
	snprintf(error, 256, "%s: %s", what, why);
	return false;
}

/* A number in the environment, 0 where there is none. */
static uint64_t told(const char *name)
{
	const char *const text = getenv(name);
	uint64_t n;

	return text != NULL && number_parse(text, strlen(text), &n) ? n : 0;
}

static bool listens(int fd)
{
	socklen_t len = sizeof(int);
	int type = 0, on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	       on != 0;
}

static bool from_systemd(struct listeners *l, char error[256])
{
	const uint64_t count = told("LISTEN_PID") == (uint64_t)getpid()
				       ? told("LISTEN_FDS")
				       : 0;
	const char *names = getenv("LISTEN_FDNAMES");

	if (count > OPTIONS_LISTENERS)
		return fail(error, "cannot take systemd's sockets", "too many");
	for (int i = 0; i < (int)count; i++) {
		const size_t n = names != NULL ? strcspn(names, ":") : 0;

		if (!listens(HANDED + i))
			return fail(error,
				    "cannot accept from systemd's socket",
				    "it is no listening stream socket; the "
				    "socket unit needs Accept=no");
		if (!listen_take(HANDED + i))
			return fail(error,
				    "cannot accept from systemd's socket",
				    strerror(errno));
		l->control[l->count] = n == 4 && memcmp(names, "stls", 4) == 0;
		l->fds[l->count++] = HANDED + i;
		if (names != NULL)
			names += n + (names[n] == ':');
	}
	return true;
}

static bool add(struct listeners *l, const char *word, bool control,
		char error[256])
{
	if (l->count == OPTIONS_LISTENERS)
		return fail(error, "cannot listen", "too many sockets");
	l->fds[l->count] = listen_at(word, error);
	if (l->fds[l->count] < 0)
		return false;
	l->control[l->count++] = control;
	return true;
}

bool listener_open(struct listeners *l, const struct options *o,
		   char error[256])
{
	*l = (struct listeners){ .count = 0 };
	if (!from_systemd(l, error))
		return false;
	for (size_t i = 0; i < o->listen_count; i++)
		if (!add(l, o->listen[i], false, error))
			return false;
	if (o->stls != NULL) {
		if (!add(l, o->stls, true, error))
			return false;
		l->unlink = o->stls;
	}
	return l->count > 0 ||
	       fail(error, "no listening socket",
		    "say --listen ADDR:PORT, or start this from a socket unit "
		    "with Accept=no");
}

void listener_close(struct listeners *l)
{
	if (l->unlink != NULL)
		unlink(l->unlink);
	l->unlink = NULL;
	while (l->count > 0)
		close(l->fds[--l->count]);
}
