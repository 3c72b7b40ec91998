/* SPDX-License-Identifier: ISC */
#include "accept/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "pure/number.h"

static bool fail(char error[256], const char *what, const char *name,
		 const char *why)
{
	snprintf(error, 256, "%s %.80s: %s", what, name, why);
	return false;
}

/*
 * O_NONBLOCK is the socket's, so whoever gave it to us has it too. Nobody else
 * accepts from it; and a client that is gone before we come must not hold us.
 */
static bool add(struct listeners *l, int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return false;
	l->fds[l->count++] = fd;
	return true;
}

static bool from_systemd(struct listeners *l, char error[256])
{
	const int count = sd_listen_fds(1);

	if (count < 0 || count > OPTIONS_LISTENERS)
		return fail(error, "cannot take the sockets of", "systemd",
			    count < 0 ? strerror(-count) : "too many");
	for (int i = 0; i < count; i++) {
		const int fd = SD_LISTEN_FDS_START + i;
		char name[128];

		listener_name(fd, name);
		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
			return fail(error, "cannot accept from", name,
				    "not a listening stream socket; the "
				    "socket unit needs Accept=no");
		if (!add(l, fd))
			return fail(error, "cannot accept from", name,
				    strerror(errno));
	}
	return true;
}

/* Takes ADDR:PORT, [ADDR6]:PORT or /PATH apart; 0 where it is none. */
static socklen_t parse(const char *word, union address *a)
{
	const char *const colon = strrchr(word, ':');
	const size_t len = strlen(word);
	char text[46];
	uint64_t port;
	size_t n;

	memset(a, 0, sizeof(*a));
	if (word[0] == '/') {
		if (len >= sizeof(a->local.sun_path))
			return 0;
		a->local.sun_family = AF_UNIX;
		memcpy(a->local.sun_path, word, len + 1);
		return sizeof(a->local);
	}
	if (colon == NULL ||
	    !number_parse(colon + 1, strlen(colon + 1), &port) || port > 65535)
		return 0;
	n = (size_t)(colon - word);
	if (n > 2 && word[0] == '[' && word[n - 1] == ']' &&
	    n - 2 < sizeof(text)) {
		memcpy(text, word + 1, n - 2);
		text[n - 2] = '\0';
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1
			       ? sizeof(a->v6)
			       : 0;
	}
	if (n >= sizeof(text))
		return 0;
	memcpy(text, word, n);
	text[n] = '\0';
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, text, &a->v4.sin_addr) == 1 ? sizeof(a->v4)
							      : 0;
}

/* A unix socket that nobody listens on any more is in the way. */
static void remove_stale(const union address *a, socklen_t len)
{
	struct stat status;
	int fd;

	if (lstat(a->local.sun_path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, &a->any, len) < 0 && errno == ECONNREFUSED)
		unlink(a->local.sun_path);
	close(fd);
}

static bool from_word(struct listeners *l, const char *word, char error[256])
{
	const int on = 1, off = 0;
	union address a;
	const socklen_t len = parse(word, &a);
	int fd;

	if (len == 0)
		return fail(error, "cannot listen on", word,
			    "not ADDR:PORT, [ADDR6]:PORT or /PATH");
	if (l->count == OPTIONS_LISTENERS)
		return fail(error, "cannot listen on", word, "too many");
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(error, "cannot listen on", word, strerror(errno));
	if (a.any.sa_family == AF_UNIX) {
		remove_stale(&a, len);
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		/* Connections inherit it: vanished clients are noticed. */
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	/* [::] takes both families, as systemd has it. */
	if (a.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, &a.any, len) < 0 || listen(fd, SOMAXCONN) < 0 ||
	    !add(l, fd)) {
		fail(error, "cannot listen on", word, strerror(errno));
		close(fd);
		return false;
	}
	if (a.any.sa_family == AF_UNIX)
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
		if (!from_word(l, o->listen[i], error))
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

void listener_name(int fd, char name[128])
{
	union address a = { 0 };
	socklen_t len = sizeof(a);
	char text[46], port[6];

	if (getsockname(fd, &a.any, &len) < 0)
		snprintf(name, 128, "descriptor %d", fd);
	else if (address_show(&a, text, port))
		snprintf(name, 128,
			 a.any.sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
			 text, port);
	else if (a.any.sa_family == AF_UNIX && a.local.sun_path[0] != '\0')
		snprintf(name, 128, "%.108s", a.local.sun_path);
	else
		snprintf(name, 128, "descriptor %d", fd);
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
