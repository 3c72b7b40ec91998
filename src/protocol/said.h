/* SPDX-License-Identifier: ISC */
/*
 * What is said to the backend and by it, for --debug and --record. Where the
 * request held a secret, a confused backend may say it again: then only the
 * keyword is shown.
 */
#ifndef PROTOCOL_SAID_H
#define PROTOCOL_SAID_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/channel.h"

/* The request in .request, of n octets with its LF. */
void said_request(const struct channel *, size_t n);

/* One line of an answer; whether it is one of the protocol's. */
void said_line(const struct channel *, bool known, const char *line,
	       size_t len);

/* The first line of a body, as far as it came; and octets of it, bar and all. */
void said_bar(const struct channel *, const char *line, size_t len);
void said_body(const struct channel *, const char *data, size_t n);

#endif
