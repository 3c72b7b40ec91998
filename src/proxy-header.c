/* SPDX-License-Identifier: ISC */
#include "proxy-header.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "address.h"
#include "number.h"

/* The longest header of version 1; those of version 2 are limited by us. */
enum { VERSION_1 = 107, VERSION_2_HEAD = 16, VERSION_2_MOST = 4096 };

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static const char *text_of(const struct in6_addr *a, bool v6, char out[46])
{
	if (v6 && IN6_IS_ADDR_V4MAPPED(a))
		return inet_ntop(AF_INET, a->s6_addr + 12, out, 46);
	return inet_ntop(v6 ? AF_INET6 : AF_INET, a, out, 46);
}

/* Judged by where the client is, no longer by who connected to us. */
static void set_local(struct peer *p)
{
	p->local = strncmp(p->remote_address, "127.", 4) == 0 ||
		   strcmp(p->remote_address, "::1") == 0;
	p->unix_socket = false;
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 56324 110", without its CRLF. */
static bool parse_1(char *line, struct peer *p)
{
	char *words[6], *next = line;
	struct in6_addr a[2];
	uint64_t port[2];
	int count = 0;
	bool v6;

	if (strcmp(line, "PROXY UNKNOWN") == 0 ||
	    strncmp(line, "PROXY UNKNOWN ", 14) == 0)
		return true;
	while (count < 6 && next != NULL)
		words[count++] = strsep(&next, " ");
	if (count != 6 || next != NULL || strcmp(words[0], "PROXY") != 0)
		return false;
	v6 = strcmp(words[1], "TCP6") == 0;
	if (!v6 && strcmp(words[1], "TCP4") != 0)
		return false;
	for (int i = 0; i < 2; i++)
		if (inet_pton(v6 ? AF_INET6 : AF_INET, words[2 + i], &a[i]) !=
			    1 ||
		    !number_parse(words[4 + i], strlen(words[4 + i]),
				  &port[i]) ||
		    port[i] > 65535)
			return false;
	text_of(&a[0], v6, p->remote_address);
	text_of(&a[1], v6, p->local_address);
	address_show_port((unsigned)port[0], p->remote_port);
	address_show_port((unsigned)port[1], p->local_port);
	set_local(p);
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

static enum proxy_verdict version_2(const char *data, size_t len,
				    struct peer *p, size_t *used)
{
	const char *const body = data + VERSION_2_HEAD;
	struct in6_addr a[2] = { 0 };
	unsigned size, width, family;

	if (len < VERSION_2_HEAD)
		return PROXY_MORE;
	size = big_endian(data + 14);
	if (((unsigned char)data[12] != 0x20 &&
	     (unsigned char)data[12] != 0x21) ||
	    size > VERSION_2_MOST)
		return PROXY_BAD;
	if (len < VERSION_2_HEAD + size)
		return PROXY_MORE;
	*used = VERSION_2_HEAD + size;
	/* LOCAL: the proxy itself asks, a health check. */
	if ((unsigned char)data[12] == 0x20)
		return PROXY_TAKEN;
	family = (unsigned char)data[13] >> 4;
	/* UNIX and UNSPEC tell no Internet address; TLVs are passed over. */
	if (family == 0 || family == 3)
		return PROXY_TAKEN;
	if (family > 3 || ((unsigned char)data[13] & 15) != 1)
		return PROXY_BAD;
	width = family == 1 ? 4 : 16;
	if (size < 2 * width + 4)
		return PROXY_BAD;
	memcpy(&a[0], body, width);
	memcpy(&a[1], body + width, width);
	text_of(&a[0], family == 2, p->remote_address);
	text_of(&a[1], family == 2, p->local_address);
	address_show_port(big_endian(body + 2 * (size_t)width), p->remote_port);
	address_show_port(big_endian(body + 2 * (size_t)width + 2),
			  p->local_port);
	set_local(p);
	return PROXY_TAKEN;
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

bool proxy_header_from(const char *address, const char *cidr)
{
	char network[46];
	const size_t n = strcspn(cidr, "/");
	struct in6_addr a = { 0 }, b = { 0 };
	const int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	uint64_t bits = family == AF_INET6 ? 128 : 32;

	if (n >= sizeof(network))
		return false;
	memcpy(network, cidr, n);
	network[n] = '\0';
	if (inet_pton(family, address, &a) != 1 ||
	    inet_pton(family, network, &b) != 1)
		return false;
	if (cidr[n] == '/' &&
	    (!number_parse(cidr + n + 1, strlen(cidr + n + 1), &bits) ||
	     bits > (family == AF_INET6 ? 128 : 32)))
		return false;
	for (unsigned i = 0; i < bits; i++)
		if (((a.s6_addr[i / 8] ^ b.s6_addr[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}
