/* SPDX-License-Identifier: ISC */
/*
 * The listening sockets: those of port 995, and the control socket, where
 * pop3-skel hands its clients over.
 */
#ifndef TLS_LISTENER_H
#define TLS_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "tls/options.h"

struct listeners {
	int fds[OPTIONS_LISTENERS]; /* close-on-exec, non-blocking */
	bool control[OPTIONS_LISTENERS];
	size_t count;
	const char *unlink; /* the control socket that we made, or NULL */
};

/*
 * Gathers them: from systemd, where FileDescriptorName=stls is the control
 * socket, from --listen and --stls. False, with a sentence and its NUL in
 * error, where one cannot be had or there is none.
 */
bool listener_open(struct listeners *, const struct options *, char error[256]);

/* Closes them, and removes what was made. */
void listener_close(struct listeners *);

#endif
