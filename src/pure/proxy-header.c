/* SPDX-License-Identifier: ISC */
#include "pure/proxy-header.h"

#include <arpa/inet.h>
#include <string.h>

#include "pure/limit.h"

/*
 * The longest header of version 1. One of version 2 may be as long as a read's
 * buffer holds: TLVs may carry certificates.
 */
enum { VERSION_1 = 107, VERSION_2_HEAD = 16 };

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* The client is who the header tells, no longer who connected to us. */
static void take(struct peer *p, int family, const struct in6_addr a[2])
{
	address_show_octets(family, &a[0], p->remote_address);
	address_show_octets(family, &a[1], p->local_address);
	p->local = address_loopback(p->remote_address);
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 56324 110", without its CRLF. */
static bool parse_1(char *line, struct peer *p)
{
	char *words[6], *next = line;
	struct in6_addr a[2];
	int count = 0, family;

	/* The addresses of the connection stand, but who knows whose it is. */
	if (strcmp(line, "PROXY UNKNOWN") == 0 ||
	    strncmp(line, "PROXY UNKNOWN ", 14) == 0) {
		p->local = false;
		return true;
	}
	while (count < 6 && next != NULL)
		words[count++] = strsep(&next, " ");
	if (count != 6 || next != NULL || strcmp(words[0], "PROXY") != 0)
		return false;
	family = strcmp(words[1], "TCP4") == 0	 ? AF_INET
		 : strcmp(words[1], "TCP6") == 0 ? AF_INET6
						 : 0;
	if (family == 0 || inet_pton(family, words[2], &a[0]) != 1 ||
	    inet_pton(family, words[3], &a[1]) != 1 ||
	    !address_parse_port(words[4], p->remote_port) ||
	    !address_parse_port(words[5], p->local_port))
		return false;
	take(p, family, a);
	return true;
}

static enum proxy_verdict version_1(char *data, size_t len, struct peer *p,
				    size_t *used)
{
	char *const lf = memchr(data, '\n', len);

	if (lf == NULL)
		return len < VERSION_1 ? PROXY_MORE : PROXY_BAD;
	*used = (size_t)(lf - data) + 1;
	if (*used > VERSION_1 || *used < 8 || lf[-1] != '\r' ||
	    memchr(data, '\0', *used) != NULL)
		return PROXY_BAD;
	lf[-1] = '\0';
	return parse_1(data, p) ? PROXY_TAKEN : PROXY_BAD;
}

static unsigned big_endian(const char *at)
{
	return (unsigned)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

/* The address block of version 2, of size octets; TLVs are passed over. */
static bool parse_2(unsigned what, const char *block, size_t size,
		    struct peer *p)
{
	enum { UNSPEC, INET, INET6, UNIX, UNIX_SIZE = 216 };
	enum { STREAM = 1, DATAGRAM };
	const unsigned family = what >> 4, transport = what & 15;
	const size_t width = family == INET ? 4 : 16;
	struct in6_addr a[2];

	/* Of a datagram it tells no less, but of no connection like ours. */
	if (family <= UNIX && transport <= DATAGRAM &&
	    (family == UNSPEC || transport == DATAGRAM)) {
		p->local = false;
		return true;
	}
	if (family == UNSPEC || transport != STREAM)
		return false;
	if (family == UNIX && size >= UNIX_SIZE) {
		*p = (struct peer){ .local = true };
		return true;
	}
	if (family >= UNIX || size < 2 * width + 4)
		return false;
	memcpy(&a[0], block, width);
	memcpy(&a[1], block + width, width);
	address_show_port(big_endian(block + 2 * width), p->remote_port);
	address_show_port(big_endian(block + 2 * width + 2), p->local_port);
	take(p, family == INET ? AF_INET : AF_INET6, a);
	return true;
}

static enum proxy_verdict version_2(const char *data, size_t len,
				    struct peer *p, size_t *used)
{
	enum { LOCAL = 0x20, PROXY = 0x21 };
	unsigned command;
	size_t size;

	if (len < VERSION_2_HEAD)
		return PROXY_MORE;
	command = (unsigned char)data[12];
	size = big_endian(data + 14);
	if ((command != LOCAL && command != PROXY) ||
	    size > LIMIT_INPUT - VERSION_2_HEAD)
		return PROXY_BAD;
	if (len < VERSION_2_HEAD + size)
		return PROXY_MORE;
	*used = VERSION_2_HEAD + size;
	/* LOCAL: the proxy itself asks, for its health checks. */
	if (command == LOCAL ||
	    parse_2((unsigned char)data[13], data + VERSION_2_HEAD, size, p))
		return PROXY_TAKEN;
	return PROXY_BAD;
}

enum proxy_verdict proxy_header_parse(char *data, size_t len, struct peer *p,
				      size_t *used)
{
	const size_t n = len < sizeof(signature) ? len : sizeof(signature);

	if (len == 0)
		return PROXY_MORE;
	if (memcmp(data, signature, n) == 0)
		return n < sizeof(signature) ? PROXY_MORE
					     : version_2(data, len, p, used);
	if (memcmp(data, "PROXY ", len < 6 ? len : 6) == 0)
		return version_1(data, len, p, used);
	return PROXY_BAD;
}
