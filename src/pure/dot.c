/* SPDX-License-Identifier: ISC */
#include "pure/dot.h"

#include <string.h>

#include "pure/bulk.h"

size_t dot_stuff(struct dot *d, const char *in, size_t n, char *out)
{
	bool cr = d->cr;
	size_t i = 0, o = 0;

	if (n == 0)
		return 0;
	if (!d->mid_line && in[0] == '.')
		out[o++] = '.';
	for (;;) {
		const size_t len = bulk_copy_line(in + i, n - i, out + o);

		i += len;
		o += len;
		if (len > 0)
			cr = in[i - 1] == '\r';
		if (i == n)
			break;
		if (!cr)
			out[o++] = '\r';
		out[o++] = '\n';
		cr = false;
		if (++i == n)
			break;
		if (in[i] == '.')
			out[o++] = '.';
	}
	d->mid_line = in[n - 1] != '\n';
	d->cr = cr;
	return o;
}

size_t dot_finish(struct dot *d, char *out)
{
	if (!d->mid_line)
		return 0;
	memcpy(out, "\r\n", 2);
	*d = (struct dot){ .cr = false };
	return 2;
}

void dot_count(struct dot_count *c, const char *in, size_t n)
{
	if (n == 0)
		return;
	c->octets += n + bulk_count_bare(in, n);
	c->octets += in[0] == '\n' && !c->cr;
	c->mid_line = in[n - 1] != '\n';
	c->cr = in[n - 1] == '\r';
}

uint64_t dot_octets(const struct dot_count *c)
{
	return c->octets + (c->mid_line ? 2 : 0);
}

/* Whether the line that ends at in[end] is a blank one. */
static bool blank(const struct dot_top *t, const char *in, size_t start,
		  size_t end)
{
	const size_t len = end - start;

	if (len == 0)
		return !t->mid_line || t->cr;
	return len == 1 && in[start] == '\r' && !t->mid_line;
}

size_t dot_top(struct dot_top *t, const char *in, size_t n)
{
	size_t at = 0;

	while (at < n && !t->full) {
		const char *const lf = memchr(in + at, '\n', n - at);
		const size_t end = lf != NULL ? (size_t)(lf - in) : n;

		if (lf == NULL) {
			/* A CR counts only as the first octet of its line. */
			t->cr = !t->mid_line && end - at == 1 && in[at] == '\r';
			t->mid_line = true;
			return n;
		}
		if (t->body)
			t->lines--;
		else
			t->body = blank(t, in, at, end);
		t->full = t->body && t->lines == 0;
		t->mid_line = t->cr = false;
		at = end + 1;
	}
	return at;
}
