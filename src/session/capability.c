/* SPDX-License-Identifier: ISC */
/* RFC 2449: CAPA. What is announced is what works in this session. */
#include "session/capability.h"

#include <string.h>

#include "protocol/offers.h"
#include "session/authorization.h"
#include "session/login.h"
#include "session/stls.h"

static void put(struct session *s, const char *text, size_t len)
{
	io_put(&s->io, text, len);
}

static void put_line(struct session *s, const char *tag, const char *value,
		     size_t len)
{
	put(s, tag, strlen(tag));
	put(s, value, len);
	put(s, "\r\n", 2);
}

/*
 * LOGIN-DELAY and EXPIRE: " USER" tells, before the login, that the value may
 * be another for each user (RFC 2449 sections 6.5 and 6.7).
 */
static void put_option(struct session *s, const char *tag, const char *offered,
		       const char *option)
{
	const char *const value = offered[0] != '\0' ? offered : option;

	if (value == NULL)
		return;
	put_line(s, tag, value,
		 s->state == TRANSACTION ? strcspn(value, " ") : strlen(value));
}

static bool send_capabilities(struct session *s)
{
	static const char fixed[] = "TOP\r\nUIDL\r\nRESP-CODES\r\n"
				    "AUTH-RESP-CODE\r\nPIPELINING\r\n"
				    "IMPLEMENTATION pop3-skel\r\n";
	char mechanisms[LIMIT_MECHANISMS + 32];
	const size_t len =
		mechanisms_list(&s->offers, login_clear(s), mechanisms);
	const bool once = s->options->mode == MODE_FETCH_ONCE;

	put(s, fixed, sizeof(fixed) - 1);
	if (authorization_user(s))
		put_line(s, "USER", "", 0);
	if (len > 0)
		put_line(s, "SASL ", mechanisms, len);
	if (stls_offered(s))
		put_line(s, "STLS", "", 0);
	put_option(s, "LOGIN-DELAY ", s->terms.login_delay,
		   s->options->login_delay);
	put_option(s, "EXPIRE ", once ? "0" : s->terms.expire,
		   s->options->expire);
	put(s, s->offers.capa, s->terms.capa_len);
	return true;
}

void do_capa(struct session *s, const struct arguments *a)
{
	(void)a;
	reply_ok(&s->reply, "capabilities follow");
	s->lines = send_capabilities;
}
