/* SPDX-License-Identifier: ISC */
#include "protocol/said.h"

#include <string.h>

#include "os/log.h"
#include "os/record.h"

static void said(const struct channel *b, char dir, const char *text,
		 size_t len)
{
	if (b->trace)
		log_trace("backend", dir, text, len);
	record_line(b->io->record, RECORD_BACKEND, dir, text, len);
}

static bool wanted(const struct channel *b)
{
	return b->trace || record_on(b->io->record);
}

void said_request(const struct channel *b, size_t n)
{
	const char *const name = b->fault.request;

	if (!wanted(b))
		return;
	if (b->secret)
		said(b, '>', name, strlen(name));
	else
		said(b, '>', b->data, n - 1);
}

void said_line(const struct channel *b, bool known, const char *line,
	       size_t len)
{
	const char *blank;

	if (len == 0 || !wanted(b))
		return;
	blank = memchr(line, ' ', len);
	if (b->secret && !known)
		said(b, '<', "...", 3);
	else if (b->secret && blank != NULL)
		said(b, '<', line, (size_t)(blank - line));
	else
		said(b, '<', line, len);
}

void said_bar(const struct channel *b, const char *line, size_t len)
{
	if (b->trace)
		log_trace("backend", '<', line, b->secret ? 1 : len);
	said_body(b, line, 1);
}

void said_body(const struct channel *b, const char *data, size_t n)
{
	if (!b->secret)
		record_data(b->io->record, RECORD_BACKEND, '<', data, n);
}
