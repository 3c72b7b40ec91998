/* SPDX-License-Identifier: ISC */
#include "peer.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "number.h"

static bool loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* An address from the environment, if it is one. */
static bool from_environment(const char *name, char text[46])
{
	const char *const value = getenv(name);
	union address a = { 0 };
	char port[6];

	if (value == NULL)
		return false;
	if (inet_pton(AF_INET, value, &a.v4.sin_addr) == 1)
		a.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, value, &a.v6.sin6_addr) == 1)
		a.any.sa_family = AF_INET6;
	else
		return false;
	return address_show(&a, text, port);
}

static void port_from_environment(const char *name, char text[6])
{
	const char *const value = name != NULL ? getenv(name) : NULL;
	uint64_t port;

	if (value != NULL && number_parse(value, strlen(value), &port) &&
	    port <= 65535)
		address_show_port((unsigned)port, text);
}

static void ask_environment(struct peer *p)
{
	static const struct {
		const char *remote, *remote_port, *local, *local_port;
	} sources[] = {
		{ "REMOTE_ADDR", "REMOTE_PORT", NULL, NULL },
		{ "TCPREMOTEIP", "TCPREMOTEPORT", "TCPLOCALIP",
		  "TCPLOCALPORT" },
		{ "REMOTE_HOST", "REMOTE_PORT", NULL, NULL },
		{ "SOCAT_PEERADDR", "SOCAT_PEERPORT", "SOCAT_SOCKADDR",
		  "SOCAT_SOCKPORT" },
		{ "NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT", "NCAT_LOCAL_ADDR",
		  "NCAT_LOCAL_PORT" },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!from_environment(sources[i].remote, p->remote_address))
			continue;
		port_from_environment(sources[i].remote_port, p->remote_port);
		if (sources[i].local != NULL &&
		    from_environment(sources[i].local, p->local_address))
			port_from_environment(sources[i].local_port,
					      p->local_port);
		return;
	}
}

void peer_find(struct peer *p)
{
	union address a;
	socklen_t len = sizeof(a);

	*p = (struct peer){ .local = false };
	if (getpeername(STDIN_FILENO, &a.any, &len) == 0) {
		if (!address_show(&a, p->remote_address, p->remote_port)) {
			/* Behind a unix socket may stand a super-server. */
			p->unix_socket = p->local = true;
			ask_environment(p);
			return;
		}
		p->local = loopback(p->remote_address);
		len = sizeof(a);
		if (getsockname(STDIN_FILENO, &a.any, &len) == 0)
			address_show(&a, p->local_address, p->local_port);
		return;
	}
	p->local = isatty(STDIN_FILENO) == 1;
	ask_environment(p);
}
