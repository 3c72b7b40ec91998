/* SPDX-License-Identifier: ISC */
/*
 * Takes connections, and moves what they say, until it is told to stop. One
 * process, for the certificates are loaded once and a connection is then some
 * ten KiB, where a process of its own would be some hundred; it waits in one
 * place, in epoll_wait(2).
 */
#ifndef TLS_LOOP_H
#define TLS_LOOP_H

#include "pure/per-source.h"
#include "tls/context.h"
#include "tls/listener.h"
#include "tls/options.h"

enum {
	/* Out of descriptors or memory: ms until the next try. */
	LOOP_PAUSE = 200,
	/* ms between looks at what is due, while something may be. */
	LOOP_TICK = 250,
	/* ms for a pop3-skel that is not there yet, or whose queue is full. */
	LOOP_ABSENT = 5000,
	LOOP_QUEUED = 30000,
	/*
	 * While all sessions are taken and others wait, a handshake has to be
	 * done in this time, in ms.
	 */
	LOOP_HURRY = 2000,
	/* Events that are taken at once. */
	LOOP_EVENTS = 64,
};

/*
 * Serves until SIGTERM or SIGINT, which come through the signalfd `signals`.
 * Then this process closes the listeners and returns; a child of it returns too,
 * later, when the last connection that there was has ended. False where it
 * could not begin.
 */
bool loop_run(const struct options *, const struct contexts *, struct tickets *,
	      struct listeners *, struct per_source *, int signals);

#endif
