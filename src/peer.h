/* SPDX-License-Identifier: ISC */
/*
 * Who the client is, one answer from many sources.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

/* Numeric, IPv4-mapped IPv6 shown as IPv4; "" where unknown. */
struct peer {
	char remote_address[46], remote_port[6];
	char local_address[46], local_port[6];
	/*
	 * Nobody listens in between: a loopback address, a unix socket or a
	 * terminal. A pipe's other end is unknown, so it is not.
	 */
	bool local;
	bool unix_socket;
};

/*
 * Asks the kernel about descriptor 0, then, where it does not know (pipes),
 * what a super-server left in the environment: REMOTE_ADDR and REMOTE_PORT,
 * TCPREMOTEIP and TCPREMOTEPORT, REMOTE_HOST where it is numeric, those of
 * socat and ncat; each validated.
 */
void peer_find(struct peer *);

#endif
