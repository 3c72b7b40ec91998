/* SPDX-License-Identifier: ISC */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "number.h"

void address_show_port(unsigned port, char text[6])
{
	char digits[20];
	const size_t n = number_print(port & 65535, digits);

	memcpy(text, digits, n);
	text[n] = '\0';
}

bool address_show(const union address *a, char text[46], char port[6])
{
	if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a->v4.sin_addr, text, 46);
		address_show_port(ntohs(a->v4.sin_port), port);
		return true;
	}
	if (a->any.sa_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		inet_ntop(AF_INET, a->v6.sin6_addr.s6_addr + 12, text, 46);
	else
		inet_ntop(AF_INET6, &a->v6.sin6_addr, text, 46);
	address_show_port(ntohs(a->v6.sin6_port), port);
	return true;
}
