/* SPDX-License-Identifier: ISC */
/*
 * Internet addresses as text, wherever they come from. Pure.
 */
#ifndef PURE_ADDRESS_H
#define PURE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Room for the text of any address, and of any port, with the NUL. */
enum { ADDRESS_ROOM = 46, ADDRESS_PORT_ROOM = 6 };

/*
 * The TLS around a connection, as whoever ended it tells; "" where he does not.
 * No octet of these is a client's choice.
 */
struct tls {
	bool on;
	char version[16], cipher[64]; /* TLSv1.3, TLS_AES_256_GCM_SHA384 */
	/* In hex: the client certificate's SHA-256; RFC 9266's tls-exporter. */
	char client[65], exporter[65];
};

/*
 * Who the client is: numeric, IPv4-mapped IPv6 shown as IPv4; "" where
 * unknown.
 */
struct peer {
	char remote_address[ADDRESS_ROOM], remote_port[ADDRESS_PORT_ROOM];
	char local_address[ADDRESS_ROOM], local_port[ADDRESS_PORT_ROOM];
	/*
	 * Nobody listens in between: a loopback address, a unix socket (where
	 * no super-server tells of a client elsewhere) or a terminal. A
	 * pipe's other end is unknown, so it is not.
	 */
	bool local;
	struct tls tls;
};

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
bool address_show(const union address *, char text[ADDRESS_ROOM],
		  char port[ADDRESS_PORT_ROOM]);

/* As above, of the 4 (AF_INET) or 16 (AF_INET6) octets of an address. */
void address_show_octets(int family, const void *octets,
			 char text[ADDRESS_ROOM]);

/* Writes a port's digits and a NUL. */
void address_show_port(unsigned port, char text[ADDRESS_PORT_ROOM]);

/*
 * Takes text from outside where it is an address (in brackets or without) or
 * a port, and writes it as the functions above do. False, nothing changed,
 * where it is none.
 */
bool address_parse(const char *from, char text[ADDRESS_ROOM]);
bool address_parse_port(const char *from, char text[ADDRESS_PORT_ROOM]);

/* About an address as the functions above write it. */
bool address_loopback(const char *address);
bool address_within(const char *address, const char *network);

/* Whether a text is ADDRESS[/BITS], and so may be a network. */
bool address_network(const char *text);

#endif
