/* SPDX-License-Identifier: ISC */
/*
 * Accepts connections, starts a session for each, and counts them, until it
 * is told to stop. It waits in one place, in poll(2), and neither reads nor
 * writes an octet of a client's.
 */
#ifndef ACCEPT_LOOP_H
#define ACCEPT_LOOP_H

#include "accept/listener.h"
#include "accept/options.h"
#include "accept/sessions.h"
#include "pure/per-source.h"

enum {
	/* Out of descriptors or processes: ms until the next try, doubled. */
	LOOP_PAUSE_LEAST = 100,
	LOOP_PAUSE_MOST = 3200,
	/* The status is told once in this time, in ms. */
	LOOP_STATUS = 1000,
	/*
	 * While no session is free, and clients wait, those whose clients have
	 * said nothing after the greeting are ended; looked for so often. Each
	 * client has LOOP_SILENT, shared with those that wait: with as many of
	 * them as there are sessions half of it. So the queue is through in
	 * about LOOP_SILENT, or as fast as processes start.
	 */
	LOOP_SILENT = 5000,
	LOOP_SWEEP = 100,
	/* Those whose turn it may be are looked for so often. */
	LOOP_TURN = 200,
};

/*
 * Serves until SIGTERM or SIGINT, and then until the last session has ended;
 * or until there was none for options->idle_exit seconds. The signals and
 * SIGCHLD are blocked, and come through the signalfd `signals`.
 */
void loop_run(const struct options *, struct listeners *, struct sessions *,
	      struct per_source *, int signals);

#endif
