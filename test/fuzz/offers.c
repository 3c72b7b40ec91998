/* SPDX-License-Identifier: ISC */
/*
 * src/protocol/offers.c. Lines of the answer to hello, each with its LF: what
 * they make stays within its room, and every mechanism listed is offered.
 */
#include <string.h>

#include "fuzz.h"
#include "protocol/offers.h"

static struct offers offers;
static struct terms terms;

static void take(const char *line, size_t len)
{
	struct wire_line l;

	if (len < LIMIT_REPLY_LINE &&
	    wire_parse(&l, WIRE_HELLO, line, len) == NULL &&
	    l.word >= WIRE_RESULTS)
		offers_take(&offers, &terms, &l);
}

static void check_mechanisms(bool clear)
{
	char list[LIMIT_MECHANISMS + 32];
	size_t len = mechanisms_list(&offers, clear, list);

	REQUIRE(len < sizeof(list));
	list[len] = '\0';
	for (char *name = list; name != NULL && len > 0;) {
		char *const blank = strchr(name, ' ');

		if (blank != NULL)
			*blank = '\0';
		REQUIRE(name[0] != '\0' &&
			mechanisms_offer(&offers, clear, name));
		name = blank != NULL ? blank + 1 : NULL;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *const end = at + size;

	memset(&offers, 0, sizeof(offers));
	memset(&terms, 0, sizeof(terms));
	while (at < end) {
		const char *const lf = memchr(at, '\n', (size_t)(end - at));
		const char *const to = lf != NULL ? lf : end;

		take(at, (size_t)(to - at));
		at = to + 1;
	}
	REQUIRE(offers.claim_count <= LIMIT_CLAIMS);
	for (unsigned i = 0; i < offers.claim_count; i++)
		REQUIRE(claims_has(&offers, offers.claims[i].name) &&
			wire_name_valid(offers.claims[i].name,
					strlen(offers.claims[i].name)));
	REQUIRE(terms.capa_len <= sizeof(offers.capa));
	for (size_t i = 0; i < terms.capa_len; i++)
		REQUIRE((offers.capa[i] >= ' ' && offers.capa[i] <= '~') ||
			offers.capa[i] == '\r' || offers.capa[i] == '\n');
	REQUIRE(memchr(terms.goodbye, '\0', sizeof(terms.goodbye)) != NULL);
	REQUIRE(memchr(terms.expire, '\0', sizeof(terms.expire)) != NULL);
	REQUIRE(memchr(terms.login_delay, '\0', sizeof(terms.login_delay)) !=
		NULL);
	check_mechanisms(true);
	check_mechanisms(false);
	return 0;
}
