/* SPDX-License-Identifier: ISC */
/*
 * Who the client is, one answer from many sources.
 */
#ifndef OS_PEER_H
#define OS_PEER_H

#include <stdbool.h>

#include "pure/address.h"

/* Numeric, IPv4-mapped IPv6 shown as IPv4; "" where unknown. */
struct peer {
	char remote_address[ADDRESS_ROOM], remote_port[ADDRESS_PORT_ROOM];
	char local_address[ADDRESS_ROOM], local_port[ADDRESS_PORT_ROOM];
	/*
	 * Nobody listens in between: a loopback address, a unix socket (where
	 * no super-server tells of a client elsewhere) or a terminal. A
	 * pipe's other end is unknown, so it is not.
	 */
	bool local;
};

/*
 * Asks the kernel about descriptor 0, then, where it does not know (pipes and
 * unix sockets), what a super-server left in the environment: REMOTE_ADDR and
 * REMOTE_PORT, TCPREMOTEIP and TCPREMOTEPORT, REMOTE_HOST where it is numeric,
 * those of socat and ncat; each validated.
 */
void peer_find(struct peer *);

#endif
