/* SPDX-License-Identifier: ISC */
/*
 * Octets between OpenSSL and the client's socket, which never waits. What is
 * handed to us is shared with others: it is not made O_NONBLOCK.
 */
#ifndef TLS_OCTETS_H
#define TLS_OCTETS_H

#include <openssl/bio.h>
#include <stdbool.h>

/* One end of a pump. */
struct end {
	struct pump *pump; /* NULL for a listening socket */
	int fd; /* -1 for none */
	/* Whether a try may bring something; an event makes it so again. */
	bool readable, writable;
	bool heard; /* it sent something */
	bool ended; /* it sends no more */
	bool closed; /* and takes no more either */
};

/* Makes the kind of BIO, once; NULL where there is no memory. */
BIO_METHOD *octets_method(void);

/* A BIO upon an end, which must outlive it; NULL where there is no memory. */
BIO *octets_new(const BIO_METHOD *, struct end *);

#endif
