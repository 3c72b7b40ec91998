/* SPDX-License-Identifier: ISC */
#include "backends/make-mail/part.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "backends/make-mail/header.h"
#include "pure/base64.h"

/* RFC 2045, section 6.7 and RFC 5322: octets of a line of each. */
enum { BASE64_LINE = 76, LINE_MOST = 998 };

/* What a text holds, and whether its lines may stand as they are. */
struct shape {
	bool ascii, utf8, lines;
};

static const struct {
	const char *end, *type;
} types[] = {
	{ ".csv", "text/csv" },		 { ".gif", "image/gif" },
	{ ".gz", "application/gzip" },	 { ".htm", "text/html" },
	{ ".html", "text/html" },	 { ".ics", "text/calendar" },
	{ ".jpeg", "image/jpeg" },	 { ".jpg", "image/jpeg" },
	{ ".json", "application/json" }, { ".pdf", "application/pdf" },
	{ ".png", "image/png" },	 { ".svg", "image/svg+xml" },
	{ ".txt", "text/plain" },	 { ".xml", "application/xml" },
	{ ".zip", "application/zip" },
};

const char *part_type(const char *name)
{
	const char *const end = strrchr(name, '.');

	for (size_t i = 0; end != NULL && i < sizeof(types) / sizeof(types[0]);
	     i++)
		if (strcasecmp(end, types[i].end) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static struct shape look(const char *data, size_t len)
{
	struct shape s = { true, true, true };
	size_t line = 0, n;

	for (size_t i = 0; i < len; i += n) {
		n = header_character(data + i, len - i);
		s.ascii &= n == 1;
		s.utf8 &= n > 0;
		if (n == 0)
			n = 1;
		line = data[i] == '\n' ? 0 : line + n;
		/* A CR that ends no line would be one to some. */
		s.lines &= line <= LINE_MOST && data[i] != '\0' &&
			   (data[i] != '\r' ||
			    (i + 1 < len && data[i + 1] == '\n'));
	}
	return s;
}

/* Octets on their way into lines of base64. */
struct line {
	FILE *out;
	char octets[BASE64_LINE / 4 * 3];
	size_t len;
};

static void end_line(struct line *l)
{
	char line[BASE64_LINE];

	if (l->len == 0)
		return;
	fwrite(line, 1, base64_encode(l->octets, l->len, line), l->out);
	fputc('\n', l->out);
	l->len = 0;
}

/* A text's lines end in CR LF there (RFC 2045, section 6.8). */
static void write_base64(FILE *out, const char *data, size_t len, bool text)
{
	struct line l = { .out = out };

	for (size_t i = 0; i < len; i++) {
		const bool end = text && data[i] == '\n' &&
				 (i == 0 || data[i - 1] != '\r');

		for (int n = 0; n < 1 + end; n++) {
			l.octets[l.len++] = end && n == 0 ? '\r' : data[i];
			if (l.len == sizeof(l.octets))
				end_line(&l);
		}
	}
	end_line(&l);
}

void part_write(FILE *out, const struct part *p)
{
	const bool text = strncmp(p->type, "text/", 5) == 0;
	const struct shape s = look(p->data, p->len);
	/* A file is to be what it was, to the octet. */
	const bool as_is = text && s.lines && s.utf8 && p->name == NULL;

	fprintf(out, "Content-Type: %s", p->type);
	if (text)
		header_parameter(out, "charset",
				 s.ascii  ? "us-ascii"
				 : s.utf8 ? "utf-8"
					  : "iso-8859-1");
	fputc('\n', out);
	if (p->name != NULL) {
		fputs("Content-Disposition: attachment", out);
		header_parameter(out, "filename", p->name);
		fputc('\n', out);
	}
	fprintf(out, "Content-Transfer-Encoding: %s\n\n",
		!as_is	  ? "base64"
		: s.ascii ? "7bit"
			  : "8bit");
	if (!as_is) {
		write_base64(out, p->data, p->len, text && p->name == NULL);
		return;
	}
	fwrite(p->data, 1, p->len, out);
	if (p->len > 0 && p->data[p->len - 1] != '\n')
		fputc('\n', out);
}
