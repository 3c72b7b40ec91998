/* SPDX-License-Identifier: ISC */
/*
 * src/pure/proxy-header.c: a verdict of MORE ends, a header that is taken is within
 * what was read, and all that it tells is text of addresses, and words of TLS.
 */
#include <string.h>

#include "fuzz.h"
#include "pure/address.h"
#include "pure/limit.h"
#include "pure/proxy-header.h"

static bool is_address(const char *text)
{
	char again[ADDRESS_ROOM];

	return text[0] == '\0' ||
	       (address_parse(text, again) && strcmp(text, again) == 0);
}

static bool is_port(const char *text)
{
	char again[ADDRESS_PORT_ROOM];

	return text[0] == '\0' || address_parse_port(text, again);
}

/* What a fact may hold, so long as it may be. */
static bool is_word(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL &&
	       text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ._+-")] == '\0';
}

static bool is_digest(const char *text)
{
	return text[strspn(text, "0123456789abcdef")] == '\0' &&
	       (text[0] == '\0' || strlen(text) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer p = { .local = true };
	char *copy;
	size_t used = 0;
	enum proxy_verdict verdict;

	if (size > LIMIT_INPUT)
		return 0;
	copy = malloc(size + 1);
	REQUIRE(copy != NULL);
	memcpy(copy, data, size);
	verdict = proxy_header_parse(copy, size, &p, &used);
	free(copy);
	if (verdict == PROXY_MORE)
		REQUIRE(size < LIMIT_INPUT);
	if (verdict != PROXY_TAKEN)
		return 0;
	REQUIRE(used > 0 && used <= size);
	REQUIRE(is_address(p.remote_address) && is_address(p.local_address));
	REQUIRE(is_port(p.remote_port) && is_port(p.local_port));
	REQUIRE(is_word(p.tls.version, sizeof(p.tls.version)));
	REQUIRE(is_word(p.tls.cipher, sizeof(p.tls.cipher)));
	REQUIRE(is_digest(p.tls.client) && is_digest(p.tls.exporter));
	REQUIRE(p.tls.on == (p.tls.version[0] != '\0'));
	if (p.local && p.remote_address[0] != '\0')
		REQUIRE(address_loopback(p.remote_address));
	return 0;
}
