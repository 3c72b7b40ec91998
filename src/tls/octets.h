/* SPDX-License-Identifier: ISC */
/*
 * Octets between OpenSSL and the client's socket, which never waits. What is
 * handed to us is shared with others: it is not made O_NONBLOCK.
 */
#ifndef TLS_OCTETS_H
#define TLS_OCTETS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	/* What OpenSSL gets of a client's at most before others have their turn. */
	OCTETS_TURN = 32768,
	/*
	 * Messages of the handshake, its own and others. One that begins a new
	 * key is a few octets long and costs us more than its sender, and a
	 * session has no use for many.
	 */
	OCTETS_MESSAGES = 64,
};

/* One end of a pump. */
struct end {
	struct pump *pump; /* NULL for a listening socket */
	int fd; /* -1 for none */
	/* Whether a try may bring something; an event makes it so again. */
	bool readable, writable;
	bool heard; /* it sent something */
	bool ended; /* it sends no more */
	bool closed; /* and takes no more either */
	size_t may; /* so much is read of it in this turn */
	unsigned messages; /* of a handshake, that came */
};

/* Makes the kind of BIO, once; NULL where there is no memory. */
BIO_METHOD *octets_method(void);

/* TLS upon an end, which must outlive it; false where there is no memory. */
bool octets_use(SSL *, const BIO_METHOD *, struct end *);

#endif
