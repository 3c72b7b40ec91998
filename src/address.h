/* SPDX-License-Identifier: ISC */
/*
 * Internet addresses as text. Pure.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
	struct sockaddr_storage room;
};

/*
 * Writes the numeric address, IPv4-mapped IPv6 as IPv4, and the port. False,
 * both untouched, where it is no Internet address.
 */
bool address_show(const union address *, char text[46], char port[6]);

/* Writes a port's digits and a NUL. */
void address_show_port(unsigned port, char text[6]);

#endif
