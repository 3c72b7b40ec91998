/* SPDX-License-Identifier: ISC */
/* src/protocol/offers.c: detail lines, and what is offered then. */
#include <string.h>

#include "protocol/offers.h"
#include "tap.h"

/* A session's, as it begins; and the line of hello's answer that is taken. */
static struct offers offers;
static struct terms terms;

static void anew(void)
{
	memset(&offers, 0, sizeof(offers));
	memset(&terms, 0, sizeof(terms));
}

static const char *take(const char *line)
{
	struct wire_line l;
	const char *const wrong =
		wire_parse(&l, WIRE_HELLO, line, strlen(line));

	return wrong != NULL ? wrong : offers_take(&offers, &terms, &l);
}

/* One line alone: NULL where it is taken. */
static const struct {
	const char *line, *wrong;
} lines[] = {
	/* clang-format off */
	{ "command XFOO auth",           NULL },
	{ "command XFOO trans secret",   NULL },
	{ "command RETR both",           NULL },
	{ "command XFOO never",          "command in no state" },
	{ "command xfoo auth",           "command that cannot be claimed" },
	{ "command QUIT auth",           "command that cannot be claimed" },
	{ "command XFOO auth public",    "unknown word after a command" },
	{ "capa X-FOO one two",          NULL },
	{ "capa .",                      "no capability" },
	{ "capa .X",                     "no capability" },
	{ "capa caf\xc3\xa9",            "no capability" },
	{ "sasl SCRAM-SHA-256 GS2_X",    NULL },
	{ "sasl ABCDEFGHIJKLMNOPQRST",   NULL },
	{ "sasl ABCDEFGHIJKLMNOPQRSTU",  "no mechanism" },
	{ "sasl scram",                  "no mechanism" },
	{ "option timeout 600",          NULL },
	{ "option timeout 604800",       NULL },
	{ "option timeout 604801",       "no timeout" },
	{ "option timeout soon",         "no timeout" },
	{ "option goodbye see you",      NULL },
	{ "option login-delay 300",      NULL },
	{ "option login-delay 300 USER", NULL },
	{ "option login-delay 300 user", "option cannot be announced" },
	{ "option login-delay NEVER",    "option cannot be announced" },
	{ "option expire NEVER",         NULL },
	{ "option expire NEVER USER",    NULL },
	{ "option expire soon",          "option cannot be announced" },
	{ "option colour red",           "unknown option" },
	{ "apop",                        NULL },
	{ "no-password",                 NULL },
	{ "any-user",                    NULL },
	{ "events sent",                 NULL },
	{ "events sent sent",            NULL },
	{ "events ",                     "unknown event" },
	{ "events sent ",                "unknown event" },
	{ "events  sent",                "unknown event" },
	{ "events sen",                  "unknown event" },
	{ "events token-user",           NULL },
	{ "events sent token-user",      NULL },
	{ "events token",                "unknown event" },
	{ "events sent received",        "unknown event" },
	{ "wait 5",                      "line not allowed here" },
	/* clang-format on */
};

static void test_lines(void)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *wrong;

		anew();
		wrong = take(lines[i].line);
		tap(lines[i].wrong == NULL
			    ? wrong == NULL
			    : wrong != NULL && !strcmp(wrong, lines[i].wrong),
		    "%s: %s", lines[i].line, wrong != NULL ? wrong : "taken");
	}
}

static void test_claims(void)
{
	const struct claim *c;

	anew();
	tap(claims_find(&offers, "XFOO", AUTHORIZATION) == NULL &&
		    !claims_has(&offers, "XFOO"),
	    "what nobody claimed is no claim");
	take("command XFOO auth");
	c = claims_find(&offers, "XFOO", AUTHORIZATION);
	tap(c != NULL && !strcmp(c->name, "XFOO") && !c->secret,
	    "a claim in its state");
	tap(claims_find(&offers, "XFOO", TRANSACTION) == NULL &&
		    claims_has(&offers, "XFOO"),
	    "... in no other, but it is there");
	take("command XFOO trans secret");
	c = claims_find(&offers, "XFOO", TRANSACTION);
	tap(c != NULL && c->secret && offers.claim_count == 1 &&
		    c == claims_find(&offers, "XFOO", AUTHORIZATION),
	    "claimed again: one claim with both states, and secret");
	tap(claims_together(&offers, "USER", "PASS"), "neither of two");
	take("command USER auth");
	tap(!claims_together(&offers, "USER", "PASS"), "one of two");
	take("command PASS both");
	tap(!claims_together(&offers, "USER", "PASS"), "two, not together");
	take("command USER trans");
	tap(claims_together(&offers, "USER", "PASS"), "two together");
}

static void test_too_many(void)
{
	char line[32 + LIMIT_RESPONSE] = "command X00 auth";
	bool all = true;

	anew();
	for (unsigned i = 0; i < LIMIT_CLAIMS; i++) {
		line[9] = (char)('0' + i / 10);
		line[10] = (char)('0' + i % 10);
		all &= take(line) == NULL;
	}
	tap(all && take("command XFOO auth") != NULL,
	    "as many commands as there may be");
	tap(take("command X00 trans") == NULL, "... and one of them again");
	memset(line, 'x', sizeof(line));
	memcpy(line, "capa ", 5);
	line[5 + LIMIT_RESPONSE - 1] = '\0';
	tap(take(line) != NULL, "a capability that no line of CAPA holds");
	line[5 + LIMIT_RESPONSE - 2] = '\0';
	all = true;
	for (unsigned i = 0; i < LIMIT_CAPA_TEXT / LIMIT_RESPONSE; i++)
		all &= take(line) == NULL;
	tap(all && take(line) != NULL && terms.capa_len <= sizeof(offers.capa),
	    "as many capabilities as fit");
	for (all = false; !all;)
		all = take("sasl ABCDEFGHIJ KLMNOPQRST") != NULL;
	tap(offers.mechanisms_len <= sizeof(offers.mechanisms),
	    "as many mechanisms as fit");
}

static void test_terms(void)
{
	anew();
	take("capa ONE");
	take("capa TWO x");
	tap(terms.capa_len == 12 &&
		    !memcmp(offers.capa, "ONE\r\nTWO x\r\n", 12),
	    "capabilities are lines of CAPA");
	/* A login that fails takes its terms back. */
	terms.capa_len = 5;
	take("capa NEW");
	tap(terms.capa_len == 10 && !memcmp(offers.capa, "ONE\r\nNEW\r\n", 10),
	    "those of a login that failed are written over");
	take("option timeout 7");
	take("option goodbye see you");
	take("option login-delay 300 USER");
	take("option expire NEVER");
	tap(terms.idle_ms == 7000 && !strcmp(terms.goodbye, "see you") &&
		    !strcmp(terms.login_delay, "300 USER") &&
		    !strcmp(terms.expire, "NEVER"),
	    "each option has its place");
	take("option goodbye so long");
	take("option expire 3");
	tap(!strcmp(terms.goodbye, "so long") && !strcmp(terms.expire, "3"),
	    "the last one stands");
	take("apop");
	take("no-password");
	take("any-user");
	tap(offers.apop && offers.no_password && offers.any_user,
	    "words without a value");
}

/* What is offered, with a secret in clear allowed and not. */
static const struct {
	const char *lines[3], *clear, *covered;
} lists[] = {
	/* clang-format off */
	{ { NULL },                       "PLAIN LOGIN", "" },
	{ { "no-password" },              "", "" },
	{ { "command USER auth" },        "", "" },
	{ { "sasl PLAIN" },               "PLAIN LOGIN", "" },
	{ { "sasl PLAIN", "no-password" }, "", "" },
	{ { "sasl PLAIN", "command USER auth" }, "PLAIN", "" },
	{ { "sasl XOAUTH2 GSSAPI" },      "PLAIN LOGIN XOAUTH2 GSSAPI",
	  "GSSAPI" },
	{ { "sasl A", "sasl B A", "no-password" }, "A B", "A B" },
	{ { "sasl  A  B ", "no-password" }, "A B", "A B" },
	{ { "sasl LOG", "sasl LOGIN2" },  "PLAIN LOGIN LOG LOGIN2",
	  "LOG LOGIN2" },
	{ { "sasl OAUTHBEARER", "no-password" }, "OAUTHBEARER", "" },
	/* clang-format on */
};

static bool listed(bool clear, const char *expected)
{
	char out[LIMIT_MECHANISMS + 32];
	const size_t n = mechanisms_list(&offers, clear, out);

	return n == strlen(expected) && memcmp(out, expected, n) == 0;
}

static void test_mechanisms(void)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		bool taken = true;

		anew();
		for (size_t k = 0; k < 3 && lists[i].lines[k] != NULL; k++)
			taken &= take(lists[i].lines[k]) == NULL;
		tap(taken && listed(true, lists[i].clear) &&
			    listed(false, lists[i].covered),
		    "mechanisms %zu: \"%s\", \"%s\"", i, lists[i].clear,
		    lists[i].covered);
	}
	anew();
	take("sasl GSSAPI");
	tap(mechanisms_offer(&offers, true, "LOGIN") &&
		    !mechanisms_offer(&offers, false, "LOGIN") &&
		    mechanisms_offer(&offers, false, "GSSAPI") &&
		    !mechanisms_offer(&offers, true, "GSS") &&
		    !mechanisms_offer(&offers, true, "XOAUTH2"),
	    "which of them is offered");
}

int main(void)
{
	test_lines();
	test_claims();
	test_too_many();
	test_terms();
	test_mechanisms();
	return tap_done();
}
