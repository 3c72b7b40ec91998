/* SPDX-License-Identifier: ISC */
#include "accept/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "os/listen.h"

static bool fail(char error[256], const char *what, const char *name,
		 const char *why)
{
	snprintf(error, 256, "%s %.80s: %s", what, name, why);
	return false;
}

static bool add(struct listeners *l, int fd)
{
	if (!listen_take(fd))
		return false;
	l->fds[l->count++] = fd;
	return true;
}

static void forget_names(char **names, int count)
{
	for (int i = 0; i < count && names != NULL; i++)
		free(names[i]);
	free(names);
}

static bool from_systemd(struct listeners *l, char error[256])
{
	char **names = NULL;
	const int count = sd_listen_fds_with_names(1, &names);

	if (count < 0 || count > OPTIONS_LISTENERS)
		return fail(error, "cannot take the sockets of", "systemd",
			    count < 0 ? strerror(-count) : "too many");
	for (int i = 0; i < count; i++) {
		const int fd = SD_LISTEN_FDS_START + i;
		char name[128];

		listen_name(fd, name);
		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
			return fail(error, "cannot accept from", name,
				    "not a listening stream socket; the "
				    "socket unit needs Accept=no");
		l->proxied[l->count] =
			names != NULL && strcmp(names[i], "proxy") == 0;
		if (!add(l, fd))
			return fail(error, "cannot accept from", name,
				    strerror(errno));
	}
	forget_names(names, count);
	return true;
}

static bool from_word(struct listeners *l, const char *word, bool proxied,
		      char error[256])
{
	int fd;

	if (l->count == OPTIONS_LISTENERS)
		return fail(error, "cannot listen on", word, "too many");
	fd = listen_at(word, error);
	if (fd < 0)
		return false;
	l->proxied[l->count] = proxied;
	l->fds[l->count++] = fd;
	if (word[0] == '/')
		l->unlink[l->unlinks++] = word;
	return true;
}

/* inetd's wait: our standard input is the listening socket. */
static bool from_inetd(struct listeners *l, char error[256])
{
	int fd;

	if (sd_is_socket(STDIN_FILENO, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
		snprintf(error, 256,
			 "no listening socket: say --listen ADDR:PORT, or "
			 "start this from a socket unit with Accept=no or from "
			 "inetd with wait");
		return false;
	}
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || !add(l, fd))
		return fail(error, "cannot accept from", "descriptor 0",
			    strerror(errno));
	l->inetd = true;
	return true;
}

bool listener_open(struct listeners *l, const struct options *o,
		   char error[256])
{
	*l = (struct listeners){ .count = 0 };
	if (!from_systemd(l, error))
		return false;
	for (size_t i = 0; i < o->listen_count; i++)
		if (!from_word(l, o->listen[i], o->proxied[i], error))
			return false;
	return l->count > 0 || from_inetd(l, error);
}

void listener_close(struct listeners *l)
{
	while (l->unlinks > 0)
		unlink(l->unlink[--l->unlinks]);
	while (l->count > 0)
		close(l->fds[--l->count]);
}

int listener_accept(int fd, union address *from)
{
	socklen_t len = sizeof(*from);
	int connection;

	memset(from, 0, sizeof(*from));
	connection = accept4(fd, &from->any, &len, SOCK_CLOEXEC);
	return connection < 0 ? -errno : connection;
}

uint64_t listener_waiting(const struct listeners *l)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct tcp_info info = { 0 };
		socklen_t len = sizeof(info);

		/* Of a listening socket this is the length of its queue. */
		if (getsockopt(l->fds[i], IPPROTO_TCP, TCP_INFO, &info, &len) ==
		    0)
			sum += info.tcpi_unacked;
	}
	return sum;
}
