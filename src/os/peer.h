/* SPDX-License-Identifier: ISC */
/*
 * Who the client is, one answer from many sources.
 */
#ifndef OS_PEER_H
#define OS_PEER_H

#include "pure/address.h"

/*
 * Asks the kernel about descriptor 0, then, where it does not know (pipes and
 * unix sockets), what a super-server left in the environment: REMOTE_ADDR and
 * REMOTE_PORT, TCPREMOTEIP and TCPREMOTEPORT, REMOTE_HOST where it is numeric,
 * those of socat and ncat; each validated.
 */
void peer_find(struct peer *);

#endif
