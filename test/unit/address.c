/* SPDX-License-Identifier: ISC */
/* src/pure/address.c */
#include <arpa/inet.h>
#include <string.h>

#include "pure/address.h"
#include "tap.h"

/* What text from outside becomes; NULL: nothing. */
static const struct {
	const char *from, *shown;
	bool loopback;
} rows[] = {
	/* clang-format off */
	{ "192.0.2.1",          "192.0.2.1", false },
	{ "127.0.0.1",          "127.0.0.1", true },
	{ "127.255.0.9",        "127.255.0.9", true },
	{ "128.0.0.1",          "128.0.0.1", false },
	{ "::1",                "::1", true },
	{ "[::1]",              "::1", true },
	{ "::",                 "::", false },
	{ "2001:DB8:0::1",      "2001:db8::1", false },
	{ "::ffff:192.0.2.1",   "192.0.2.1", false },
	{ "::ffff:127.0.0.1",   "127.0.0.1", true },
	{ "[192.0.2.1]",        "192.0.2.1", false },
	{ "",                   NULL, false },
	{ "localhost",          NULL, false },
	{ "127.1",              NULL, false },
	{ "127.0.0.1 ",         NULL, false },
	{ "127.0.0.1.example",  NULL, false },
	{ "192.0.2.256",        NULL, false },
	{ "192.0.2.01",         NULL, false },
	{ "fe80::1%lo",         NULL, false },
	{ "[::1",               NULL, false },
	{ "::1]",               NULL, false },
	{ "[]",                 NULL, false },
	{ "[",                  NULL, false },
	{ "2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:1", NULL,
	  false },
	/* clang-format on */
};

static void test_parse(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[ADDRESS_ROOM] = "before";
		const bool taken = address_parse(rows[i].from, text);
		const char *const shown = rows[i].shown;

		tap(taken == (shown != NULL) &&
			    strcmp(text, taken ? shown : "before") == 0 &&
			    (!taken ||
			     address_loopback(text) == rows[i].loopback),
		    "\"%s\" is %s", rows[i].from,
		    shown != NULL ? shown : "no address");
	}
}

static void test_ports(void)
{
	static const char *const good[] = { "0", "1", "110", "65535" };
	static const char *const bad[] = { "",	    "-1",
					   "65536", "01",
					   " 1",    "1 ",
					   "1x",    "99999999999999999999" };
	char text[ADDRESS_PORT_ROOM];

	for (size_t i = 0; i < COUNT(good); i++)
		tap(address_parse_port(good[i], text) &&
			    strcmp(text, good[i]) == 0,
		    "port %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++) {
		strcpy(text, "7");
		tap(!address_parse_port(bad[i], text) && strcmp(text, "7") == 0,
		    "no port \"%s\"", bad[i]);
	}
}

static void test_show(void)
{
	union address a = { .v4 = { .sin_family = AF_INET,
				    .sin_port = htons(110) } };
	char text[ADDRESS_ROOM] = "before", port[ADDRESS_PORT_ROOM] = "7";

	inet_pton(AF_INET, "192.0.2.1", &a.v4.sin_addr);
	tap(address_show(&a, text, port) && strcmp(text, "192.0.2.1") == 0 &&
		    strcmp(port, "110") == 0,
	    "IPv4");
	a = (union address){ .v6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(65535) } };
	inet_pton(AF_INET6, "::ffff:192.0.2.2", &a.v6.sin6_addr);
	tap(address_show(&a, text, port) && strcmp(text, "192.0.2.2") == 0 &&
		    strcmp(port, "65535") == 0,
	    "IPv6 that is IPv4");
	a = (union address){ .local = { .sun_family = AF_UNIX } };
	tap(!address_show(&a, text, port) && strcmp(text, "192.0.2.2") == 0 &&
		    strcmp(port, "65535") == 0,
	    "a unix socket has none");
}

static void test_within(void)
{
	static const struct {
		const char *address, *cidr;
		bool within;
	} nets[] = {
		/* clang-format off */
		{ "192.0.2.1",   "192.0.2.1",       true },
		{ "192.0.2.2",   "192.0.2.1",       false },
		{ "192.0.2.255", "192.0.2.0/24",    true },
		{ "192.0.3.0",   "192.0.2.0/24",    false },
		{ "192.0.2.127", "192.0.2.0/25",    true },
		{ "192.0.2.128", "192.0.2.0/25",    false },
		{ "192.0.2.1",   "0.0.0.0/0",       true },
		{ "192.0.2.1",   "192.0.2.1/32",    true },
		{ "192.0.2.1",   "192.0.2.1/33",    false },
		{ "192.0.2.1",   "192.0.2.1/",      false },
		{ "192.0.2.1",   "192.0.2.1/-1",    false },
		{ "192.0.2.1",   "192.0.2.1/8x",    false },
		{ "192.0.2.1",   "192.0.2/8",       false },
		{ "192.0.2.1",   "::/0",            false },
		{ "2001:db8::1", "2001:db8::/32",   true },
		{ "2001:db9::1", "2001:db8::/32",   false },
		{ "2001:db8::1", "2001:db8::1/128", true },
		{ "2001:db8::1", "::/129",          false },
		{ "::1",         "0.0.0.0/0",       false },
		{ "",            "0.0.0.0/0",       false },
		{ "192.0.2.1",   "",                false },
		{ "192.0.2.1",
		  "111111111111111111111111111111111111111111111111111111/8",
		  false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(nets); i++)
		tap(address_within(nets[i].address, nets[i].cidr) ==
			    nets[i].within,
		    "%s %s %s", nets[i].address,
		    nets[i].within ? "in" : "not in", nets[i].cidr);
}

static void test_network(void)
{
	static const char *const good[] = { "192.0.2.1", "192.0.2.0/24",
					    "0.0.0.0/0", "::/0", "::1/128" };
	static const char *const bad[] = { "",
					   "/",
					   "192.0.2.1/",
					   "x/8",
					   "192.0.2.1/33",
					   "::/129",
					   "192.0.2.1/08",
					   "192.0.2.0/24 " };

	for (size_t i = 0; i < COUNT(good); i++)
		tap(address_network(good[i]), "network %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		tap(!address_network(bad[i]), "no network \"%s\"", bad[i]);
}

int main(void)
{
	test_parse();
	test_ports();
	test_show();
	test_within();
	test_network();
	return tap_done();
}
