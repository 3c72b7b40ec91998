/* SPDX-License-Identifier: ISC */
/*
 * The keys of tickets, with which a client resumes a session (RFC 5077, RFC
 * 8446 section 2.2): two, in memory alone. What is sealed with the one before
 * still opens; what is older is gone for good.
 */
#ifndef TLS_TICKET_H
#define TLS_TICKET_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct ticket_key {
	bool there;
	unsigned char name[16], cipher[32], mac[32];
};

struct tickets {
	struct ticket_key keys[2]; /* the one in use, and the one before */
	int64_t ms; /* how long one is in use */
	int64_t next; /* when there is another, in ms of a clock */
};

/* Makes the first key; false where there are no random numbers. */
bool ticket_start(struct tickets *, int64_t ms, int64_t now);

/* Another key where it is time; returns the ms until it is again. */
int64_t ticket_turn(struct tickets *, int64_t now);

/* What a context seals and opens its tickets with; these must outlive it. */
void ticket_use(SSL_CTX *, struct tickets *);

#endif
