/* SPDX-License-Identifier: ISC */
/*
 * What TCP is told, and what it knows, of a peer that is there no more without
 * having said so.
 */
#ifndef OS_TCP_H
#define OS_TCP_H

#include <stdbool.h>

/*
 * Whether it is TCP. Then what is sent goes at once, and a peer that answers
 * nothing while nothing is outstanding is found out within LIMIT_SILENCE.
 */
bool tcp_start(int fd);

/*
 * Whether something was sent and nothing heard for LIMIT_SILENCE. The answer to
 * it may be on its way: only what is so at two looks, LIMIT_LOOK_MS apart, says
 * that nobody is there.
 */
bool tcp_silent(int fd);

/* Whether octets are outstanding, which keeps keepalive from its work. */
bool tcp_outstanding(int fd);

#endif
