/* SPDX-License-Identifier: ISC */
#include "os/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

bool finding_seen(void)
{
	return getenv("JOURNAL_STREAM") == NULL;
}

void finding(struct findings *f, int status, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	/* The priority of a warning, as the journal reads it. */
	fprintf(stderr, "%s%s: %s\n", finding_seen() ? "" : "<4>", f->program,
		text);
	if (f->status != EX_USAGE)
		f->status = status;
}
