/* SPDX-License-Identifier: ISC */
#include "session/speak.h"

#include <string.h>

#include "os/log.h"

static void trace_client(struct session *s, char dir, const char *text,
			 size_t len)
{
	if (s->options->debug)
		log_trace("client", dir, text, len);
}

void speak_reply(struct session *s)
{
	char *const to = io_space(&s->io, LIMIT_RESPONSE);
	const size_t n = reply_format(&s->reply, to);

	/* The backend may say what the client proved itself with. */
	trace_client(s, '>', to, s->backend.secret ? strcspn(to, " ") : n - 2);
	io_added(&s->io, n);
}

void speak_begin(struct session *s)
{
	reply_ok(&s->reply, "message follows");
	speak_reply(s);
}

void speak_challenge(struct session *s, const char *base64, size_t len)
{
	io_put(&s->io, "+ ", 2);
	io_put(&s->io, base64, len);
	io_put(&s->io, "\r\n", 2);
	trace_client(s, '>', "+ ...", 5);
}
