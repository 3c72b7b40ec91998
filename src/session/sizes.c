/* SPDX-License-Identifier: ISC */
#include "session/sizes.h"

#include "pure/number.h"

/* "N OCTETS ", and the verb with its blank and the LF. */
enum { PAIR = 2 * (20 + 1), AROUND = sizeof("sizes \n") - 1 };

bool sizes_wanted(const struct session *s)
{
	return s->options->mode != MODE_READ_ONLY;
}

/* The next message that was counted, from i on; or their count. */
static size_t next(const struct session *s, size_t i)
{
	while (i < s->drop.count && !s->drop.messages[i].counted)
		i++;
	return i;
}

bool sizes_counted(const struct session *s)
{
	return s->backend.up && sizes_wanted(s) && next(s, 0) < s->drop.count;
}

/* As many pairs as a request holds, from message *i on; moves *i on. */
static struct wire_field pairs(struct session *s, size_t *i)
{
	char *const to = s->scratch;
	size_t n = 0;

	while (*i < s->drop.count && n + PAIR + AROUND <= LIMIT_REQUEST) {
		n += number_print(*i + 1, to + n);
		to[n++] = ' ';
		n += number_print(s->drop.messages[*i].found, to + n);
		to[n++] = ' ';
		*i = next(s, *i + 1);
	}
	return (struct wire_field){ to, n - 1 };
}

void sizes_tell(struct session *s)
{
	const int64_t until = io_now() + LIMIT_SIZES_MS;
	size_t i = next(s, 0);

	if (!sizes_counted(s))
		return;
	while (i < s->drop.count && io_now() < until) {
		const struct wire_field field = pairs(s, &i);

		if (!session_tell(s, WIRE_SIZES, &field, until - io_now()))
			return;
	}
}
