/* SPDX-License-Identifier: ISC */
/* src/os/log.c: a value cannot forge a key or a line; whom lines are about. */
#include <string.h>

#include "os/log.h"
#include "tap.h"

static const struct {
	const char *value, *written;
} rows[] = {
	/* clang-format off */
	{ "alice",         "login user=alice" },
	{ "",              "login user=\"\"" },
	{ "a b",           "login user=\"a b\"" },
	{ "a=b",           "login user=\"a=b\"" },
	{ "a\"b\\",        "login user=\"a\\\"b\\\\\"" },
	{ "a\n<0>forged",  "login user=\"a\\x0a<0>forged\"" },
	{ "\x1b[31m\r",    "login user=\"\\x1b[31m\\x0d\"" },
	{ "\xc3\xa4\x7f",  "login user=\"\\xc3\\xa4\\x7f\"" },
	/* clang-format on */
};

static bool is(const struct log_line *l, const char *text)
{
	return l->len == strlen(text) && memcmp(l->data, text, l->len) == 0;
}

int main(void)
{
	static char value[4 * LIMIT_LOG_LINE];
	struct log_line l;
	char address[16] = "";

	for (size_t i = 0; i < COUNT(rows); i++) {
		log_start(&l, LOG_PRIORITY_INFO, "login");
		log_text(&l, "user", rows[i].value);
		tap(is(&l, rows[i].written), "%s", rows[i].written);
	}
	log_start(&l, LOG_PRIORITY_INFO, "ended");
	log_octets(&l, "a", "\0", 1);
	log_number(&l, "b", UINT64_MAX);
	tap(is(&l, "ended a=\"\\x00\" b=18446744073709551615"),
	    "a NUL, a number");
	for (int i = 0; i < 2; i++) {
		static const char *const more[] = { "xx more=x",
						    "\\x0a\" more=x" };
		const size_t n = strlen(more[i]);

		memset(value, i == 0 ? 'x' : '\n', sizeof(value) - 1);
		log_start(&l, LOG_PRIORITY_INFO, "trace");
		log_text(&l, "client", value);
		log_text(&l, "more", "x");
		tap(l.len < LIMIT_LOG_VALUE + 32 &&
			    memcmp(l.data + l.len - n, more[i], n) == 0,
		    "a long value is cut, and others follow");
	}
	log_start(&l, LOG_PRIORITY_INFO, "trace");
	for (int i = 0; i < 9; i++)
		log_text(&l, "key", value);
	tap(l.len == LIMIT_LOG_LINE - 1, "cut, with room for the line end");
	log_address(address);
	log_user("a b", 3);
	log_start(&l, LOG_PRIORITY_INFO, "login");
	tap(is(&l, "login user=\"a b\""), "a user, no address");
	strcpy(address, "192.0.2.1");
	log_user("bob", 3);
	log_start(&l, LOG_PRIORITY_INFO, "login");
	log_text(&l, "why", "x");
	tap(is(&l, "login user=bob address=192.0.2.1 why=x"),
	    "the address as it stands, the last user alone");
	log_user(NULL, 0);
	log_start(&l, LOG_PRIORITY_INFO, "login");
	tap(is(&l, "login address=192.0.2.1"), "a user who is forgotten");
	memset(value, 'x', sizeof(value) - 1);
	log_user(value, sizeof(value) - 1);
	log_start(&l, LOG_PRIORITY_INFO, "login");
	log_user(NULL, 0);
	tap(l.len == strlen("login user= address=192.0.2.1") + LIMIT_USER,
	    "a user name that is too long");
	return tap_done();
}
