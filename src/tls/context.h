/* SPDX-License-Identifier: ISC */
/*
 * What a handshake is made with: certificates and their keys, and what is
 * agreed to. TLS 1.2 and 1.3, ECDHE with AEAD alone, our preference, of what
 * the system's policy allows; no renegotiation; ALPN is `pop3`.
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "tls/options.h"
#include "tls/ticket.h"

struct contexts {
	/*
	 * One for the names of a certificate, with those of other kinds of keys
	 * for the same names; the first is for any name.
	 */
	SSL_CTX *all[OPTIONS_CERTIFICATES];
	size_t count;
	const char *invalid; /* the first file that is not valid now, or NULL */
};

/* Loads them; false with a sentence and its NUL in error. */
bool context_open(struct contexts *, const struct options *, struct tickets *,
		  char error[256]);

/* What OpenSSL says was wrong, at its root, in words that no client chose. */
const char *context_why(void);

#endif
