/* SPDX-License-Identifier: ISC */
/* src/pure/reply.c: P1.2, P1.4, P1.10, P1.11, P5.6, P5.13. */
#include <string.h>

#include "pure/reply.h"
#include "tap.h"

/* A backend's text, where our own would be "ours", and what is said. */
static const struct {
	bool ok;
	const char *code, *text, *line;
} rows[] = {
	/* clang-format off */
	{ true,  NULL,   "",               "+OK ours\r\n" },
	{ true,  NULL,   "hello",          "+OK hello\r\n" },
	{ true,  NULL,   " ",              "+OK  \r\n" },
	{ false, NULL,   "",               "-ERR ours\r\n" },
	{ false, "AUTH", "",               "-ERR [AUTH] ours\r\n" },
	{ false, "AUTH", "no",             "-ERR [AUTH] no\r\n" },
	{ false, "AUTH", "[IN-USE] busy",  "-ERR [IN-USE] busy\r\n" },
	{ false, NULL,   "[IN-USE] busy",  "-ERR [IN-USE] busy\r\n" },
	{ false, NULL,   "[SYS/TEMP] x",   "-ERR [SYS/TEMP] x\r\n" },
	{ false, NULL,   "[A/b.c/D] x",    "-ERR [A/b.c/D] x\r\n" },
	{ false, NULL,   "[AUTH]",         "-ERR [AUTH]\r\n" },
	{ true,  NULL,   "[UTF8] x",       "+OK [UTF8] x\r\n" },
	{ false, NULL,   "[in-use] x",     "-ERR - [in-use] x\r\n" },
	{ false, NULL,   "[] x",           "-ERR - [] x\r\n" },
	{ false, NULL,   "[/A] x",         "-ERR - [/A] x\r\n" },
	{ false, NULL,   "[A/] x",         "-ERR - [A/] x\r\n" },
	{ false, NULL,   "[A//B] x",       "-ERR - [A//B] x\r\n" },
	{ false, NULL,   "[A B] x",        "-ERR - [A B] x\r\n" },
	{ false, NULL,   "[A/B C] x",      "-ERR - [A/B C] x\r\n" },
	{ false, NULL,   "[A",             "-ERR - [A\r\n" },
	{ false, NULL,   "[",              "-ERR - [\r\n" },
	{ false, "AUTH", "[x] y",          "-ERR [AUTH] [x] y\r\n" },
	{ true,  NULL,   "a\r\n+OK b",     "+OK a  +OK b\r\n" },
	{ true,  NULL,   "\t\x7f\x1b",     "+OK    \r\n" },
	{ true,  NULL,   "caf\xc3\xa9",    "+OK caf??\r\n" },
	/* clang-format on */
};

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[LIMIT_RESPONSE];
		struct reply r;
		size_t n;

		if (rows[i].ok)
			reply_ok(&r, "ours");
		else
			reply_err(&r, rows[i].code, "ours");
		reply_text(&r, rows[i].text, strlen(rows[i].text));
		n = reply_format(&r, out);
		tap(n == strlen(rows[i].line) &&
			    memcmp(out, rows[i].line, n) == 0,
		    "P1.10: \"%s\" is said as \"%s\"", rows[i].text,
		    rows[i].line);
	}
}

/* A text of any length makes a line that ends, of at most 512 octets. */
static void test_lengths(void)
{
	static char text[10000];
	static const char *const codes[] = { NULL, "SYS/TEMP" };
	unsigned right = 0, rounds = 0;

	memset(text, 'x', sizeof(text));
	for (size_t n = 1; n <= sizeof(text); n += n < 600 ? 1 : 777) {
		for (int i = 0; i < 4; i++) {
			char out[LIMIT_RESPONSE];
			struct reply r;
			size_t len, head, full;

			reply_err(&r, codes[i % 2], "ours");
			text[0] = i < 2 ? 'x' : '[';
			reply_text(&r, text, n);
			len = reply_format(&r, out);
			head = codes[i % 2] != NULL ? 16 : i < 2 ? 5 : 7;
			full = head + n + 2;
			rounds++;
			right += len == (full < 512 ? full : 512) &&
				 memcmp(out + len - 2, "\r\n", 2) == 0;
		}
	}
	tap(right == rounds, "P1.4: at most 512 octets, %u texts", rounds);
}

static void test_add(void)
{
	char out[LIMIT_RESPONSE];
	struct reply r;
	size_t n;

	reply_ok(&r, "");
	reply_add_number(&r, 0);
	reply_add(&r, " ", 1);
	reply_add_number(&r, 18446744073709551615u);
	n = reply_format(&r, out);
	tap(n == 28 && memcmp(out, "+OK 0 18446744073709551615\r\n", n) == 0,
	    "P3.1: numbers");
	for (int i = 0; i < 1000; i++)
		reply_add(&r, "abc", 3);
	n = reply_format(&r, out);
	tap(n == 512 && memcmp(out + 510, "\r\n", 2) == 0,
	    "P1.4: what does not fit is cut");
}

int main(void)
{
	test_rows();
	test_lengths();
	test_add();
	return tap_done();
}
