/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "pure/text.h"

/* What a pipe holds: more would only wait for its reader. */
static char held[65536];
static size_t held_len;

void output_flush(void)
{
	const char *data = held;

	while (held_len) {
		ssize_t n = write(1, data, held_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(75);
		data += n;
		held_len -= (size_t)n;
	}
}

void output_look(void)
{
	struct pollfd reader = { 1, 0, 0 };

	if (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR))
		_exit(75);
}

void output_add(const char *data, size_t len)
{
	while (len) {
		size_t room = sizeof(held) - held_len;
		size_t n = len < room ? len : room;

		memcpy(held + held_len, data, n);
		held_len += n;
		data += n;
		len -= n;
		if (held_len == sizeof(held))
			output_flush();
	}
}

void output_string(const char *string)
{
	output_add(string, strlen(string));
}

void output_number(uint64_t number)
{
	char digits[20];
	struct text text = { .data = digits, .size = sizeof(digits) };

	text_number(&text, number);
	output_add(digits, text.len);
}
