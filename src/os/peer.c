/* SPDX-License-Identifier: ISC */
#include "os/peer.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address and its port from the environment, if it is one. */
static bool take(const char *const names[2], char text[ADDRESS_ROOM],
		 char port[ADDRESS_PORT_ROOM])
{
	const char *const address = getenv(names[0]);
	const char *const number = getenv(names[1]);

	if (address == NULL || !address_parse(address, text))
		return false;
	if (number != NULL)
		address_parse_port(number, port);
	return true;
}

static void ask_environment(struct peer *p)
{
	static const struct {
		const char *remote[2], *local[2];
	} sources[] = {
		{ { "REMOTE_ADDR", "REMOTE_PORT" }, { "", "" } },
		{ { "TCPREMOTEIP", "TCPREMOTEPORT" },
		  { "TCPLOCALIP", "TCPLOCALPORT" } },
		{ { "REMOTE_HOST", "REMOTE_PORT" }, { "", "" } },
		{ { "SOCAT_PEERADDR", "SOCAT_PEERPORT" },
		  { "SOCAT_SOCKADDR", "SOCAT_SOCKPORT" } },
		{ { "NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT" },
		  { "NCAT_LOCAL_ADDR", "NCAT_LOCAL_PORT" } },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!take(sources[i].remote, p->remote_address, p->remote_port))
			continue;
		take(sources[i].local, p->local_address, p->local_port);
		return;
	}
}

void peer_find(struct peer *p)
{
	union address a;
	socklen_t len = sizeof(a);

	*p = (struct peer){ .local = false };
	if (getpeername(STDIN_FILENO, &a.any, &len) != 0) {
		p->local = isatty(STDIN_FILENO) == 1;
		ask_environment(p);
		return;
	}
	if (!address_show(&a, p->remote_address, p->remote_port)) {
		/* Behind a unix socket may stand a super-server. */
		ask_environment(p);
		p->local = p->remote_address[0] == '\0' ||
			   address_loopback(p->remote_address);
		return;
	}
	p->local = address_loopback(p->remote_address);
	len = sizeof(a);
	if (getsockname(STDIN_FILENO, &a.any, &len) == 0)
		address_show(&a, p->local_address, p->local_port);
}
