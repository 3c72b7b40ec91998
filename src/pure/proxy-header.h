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

enum proxy_verdict {
	PROXY_MORE, /* so far it may be one: read on */
	PROXY_TAKEN,
	PROXY_BAD,
};

/*
 * Takes the header apart that a connection's first len octets begin with.
 * PROXY_TAKEN: its octets are in *used, and the peer is who it tells. Of a
 * header that does not tell (UNKNOWN, UNSPEC, datagrams) only that he is not known to be
 * local is learnt, of LOCAL nothing. The octets may be overwritten.
 */
enum proxy_verdict proxy_header_parse(char *data, size_t len, struct peer *,
				      size_t *used);

#endif
