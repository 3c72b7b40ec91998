/* SPDX-License-Identifier: ISC */
/*
 * The syntax of the PROXY protocol, versions 1 and 2, as HAProxy specifies it.
 * Pure.
 */
#ifndef PURE_PROXY_HEADER_H
#define PURE_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/address.h"

/*
 * What version 2 tells of TLS is in a TLV of this type. In it, beside what
 * HAProxy defines, are two of our own, of 32 octets each; there they are in
 * nobody's way, for others have types of their own beside it.
 */
enum {
	PROXY_SSL = 0x20,
	PROXY_SSL_VERSION = 0x21,
	PROXY_SSL_CIPHER = 0x23,
	PROXY_SSL_EXPORTER = 0xe0, /* tls-exporter of RFC 9266 */
	PROXY_SSL_DIGEST = 0xe1, /* SHA-256 of the client's certificate */
	PROXY_SSL_CLIENT = 1, /* a bit of its first octet: there is TLS */
};

enum proxy_verdict {
	PROXY_MORE, /* so far it may be one: read on */
	PROXY_TAKEN,
	PROXY_BAD,
};

/*
 * Takes the header apart that a connection's first len octets begin with.
 * PROXY_TAKEN: its octets are in *used, and the peer is who it tells. Of a
 * header that does not tell (UNKNOWN, UNSPEC, datagrams) only that he is not known to be
 * local is learnt, of LOCAL nothing. What the others say of TLS behind the
 * addresses stands in .tls, and where they say nothing that is as it was. The
 * octets may be overwritten.
 */
enum proxy_verdict proxy_header_parse(char *data, size_t len, struct peer *,
				      size_t *used);

enum { PROXY_HEADER_ROOM = 512 };

/* What a header tells of a connection under TLS. */
struct proxy_told {
	const union address *remote, *local;
	const char *version, *cipher; /* as struct tls has them */
	/* 32 octets each, NULL for none. */
	const unsigned char *exporter, *digest;
};

/*
 * Makes one of version 2, and returns its octets. Where the addresses are not
 * both of IPv4, or of IPv6, it is a unix socket's.
 */
size_t proxy_header_make(const struct proxy_told *, char to[PROXY_HEADER_ROOM]);

#endif
