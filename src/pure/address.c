/* SPDX-License-Identifier: ISC */
#include "pure/address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pure/number.h"

void address_show_octets(int family, const void *octets,
			 char text[ADDRESS_ROOM])
{
	const struct in6_addr *const v6 = octets;

	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(v6))
		inet_ntop(AF_INET, v6->s6_addr + 12, text, ADDRESS_ROOM);
	else
		inet_ntop(family, octets, text, ADDRESS_ROOM);
}

void address_show_port(unsigned port, char text[ADDRESS_PORT_ROOM])
{
	char digits[20];
	const size_t n = number_print(port & 65535, digits);

	memcpy(text, digits, n);
	text[n] = '\0';
}

bool address_show(const union address *a, char text[ADDRESS_ROOM],
		  char port[ADDRESS_PORT_ROOM])
{
	const bool v6 = a->any.sa_family == AF_INET6;

	if (!v6 && a->any.sa_family != AF_INET)
		return false;
	address_show_octets(a->any.sa_family,
			    v6 ? (const void *)&a->v6.sin6_addr
			       : &a->v4.sin_addr,
			    text);
	address_show_port(ntohs(v6 ? a->v6.sin6_port : a->v4.sin_port), port);
	return true;
}

/* The first n octets of a text as an address: its family, 0 for none. */
static int parse(const char *from, size_t n, struct in6_addr *a)
{
	char text[ADDRESS_ROOM];

	if (n >= sizeof(text))
		return 0;
	memcpy(text, from, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, a) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, a) == 1 ? AF_INET6 : 0;
}

bool address_parse(const char *from, char text[ADDRESS_ROOM])
{
	size_t n = strlen(from);
	struct in6_addr a;
	int family;

	if (n > 2 && from[0] == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	family = parse(from, n, &a);
	if (family != 0)
		address_show_octets(family, &a, text);
	return family != 0;
}

bool address_parse_port(const char *from, char text[ADDRESS_PORT_ROOM])
{
	uint64_t port;

	if (!number_parse(from, strlen(from), &port) || port > 65535)
		return false;
	address_show_port((unsigned)port, text);
	return true;
}

bool address_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* ADDRESS[/BITS]: its family, 0 where it is none. */
static int parse_network(const char *text, struct in6_addr *a, uint64_t *bits)
{
	const size_t n = strcspn(text, "/");
	const int family = parse(text, n, a);
	const uint64_t most = family == AF_INET6 ? 128 : 32;

	*bits = most;
	if (text[n] == '/' &&
	    (!number_parse(text + n + 1, strlen(text + n + 1), bits) ||
	     *bits > most))
		return 0;
	return family;
}

bool address_network(const char *text)
{
	struct in6_addr a;
	uint64_t bits;

	return parse_network(text, &a, &bits) != 0;
}

bool address_within(const char *address, const char *network)
{
	struct in6_addr a, b;
	uint64_t bits;
	const int family = parse_network(network, &b, &bits);

	if (family == 0 || parse(address, strlen(address), &a) != family)
		return false;
	for (unsigned i = 0; i < bits; i++)
		if (((a.s6_addr[i / 8] ^ b.s6_addr[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}
