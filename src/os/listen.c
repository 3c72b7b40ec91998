/* SPDX-License-Identifier: ISC */
#include "os/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pure/address.h"
#include "pure/number.h"

bool listen_take(int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
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

bool listen_sense(const char *word)
{
	union address a;

	return parse(word, &a) != 0;
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

static int fail(char error[256], const char *word, const char *why)
{
	snprintf(error, 256, "cannot listen on %.80s: %s", word, why);
	return -1;
}

int listen_at(const char *word, char error[256])
{
	const int on = 1, off = 0;
	union address a;
	const socklen_t len = parse(word, &a);
	int fd;

	if (len == 0)
		return fail(error, word,
			    "not ADDR:PORT, [ADDR6]:PORT or /PATH");
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(error, word, strerror(errno));
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
	if (bind(fd, &a.any, len) == 0 && listen(fd, SOMAXCONN) == 0 &&
	    listen_take(fd))
		return fd;
	fail(error, word, strerror(errno));
	close(fd);
	return -1;
}

void listen_name(int fd, char name[128])
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
