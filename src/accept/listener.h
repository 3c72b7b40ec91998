/* SPDX-License-Identifier: ISC */
/*
 * The listening sockets, and the connections that come out of them.
 */
#ifndef ACCEPT_LISTENER_H
#define ACCEPT_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accept/options.h"
#include "pure/address.h"

struct listeners {
	int fds[OPTIONS_LISTENERS]; /* close-on-exec, non-blocking */
	bool proxied[OPTIONS_LISTENERS]; /* a PROXY header comes first there */
	size_t count;
	bool inetd; /* the one socket was our descriptor 0 */
	const char *unlink[OPTIONS_LISTENERS]; /* unix sockets we made */
	size_t unlinks;
};

/*
 * Gathers them: from systemd, where FileDescriptorName=proxy is one that a PROXY
 * header comes to, from --listen and --listen-proxy, and where there is neither, what
 * descriptor 0 is; 0 is not needed any more afterwards. False, with a sentence
 * and its NUL in error, where one cannot be had or there is none.
 */
bool listener_open(struct listeners *, const struct options *, char error[256]);

/* Closes them: the kernel refuses new clients where nobody else holds them. */
void listener_close(struct listeners *);

/*
 * Takes one connection; its descriptor is close-on-exec. Returns it, and the
 * client's address, or -errno; -EAGAIN: there is none.
 */
int listener_accept(int fd, union address *from);

/* Clients in the queues, as far as the kernel tells (TCP). */
uint64_t listener_waiting(const struct listeners *);

#endif
