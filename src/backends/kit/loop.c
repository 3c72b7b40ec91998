/* SPDX-License-Identifier: ISC */
#include "backends/kit/loop.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"
#include "os/become.h"
#include "pure/wire.h"

void kit_start(const char *name)
{
	report_name(name);
	become_private();
}

static void forget(struct requests *r)
{
	const size_t left = r->held - r->taken;

	memmove(r->data, r->data + r->taken, left);
	explicit_bzero(r->data + left, r->taken);
	r->held = left;
	r->taken = 0;
}

enum request_verdict request_read(struct requests *r)
{
	char *lf;

	forget(r);
	while ((lf = memchr(r->data, '\n', r->held)) == NULL) {
		ssize_t n;

		if (r->held == sizeof(r->data)) {
			report(REPORT_ERROR, "request too long", 0);
			return REQUEST_TROUBLE;
		}
		n = read(STDIN_FILENO, r->data + r->held,
			 sizeof(r->data) - r->held);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? REQUEST_TROUBLE : REQUEST_NONE;
		r->held += (size_t)n;
	}
	*lf = '\0';
	r->len = (size_t)(lf - r->data);
	r->taken = r->len + 1;
	return REQUEST_READ;
}

char *request_field(char **rest)
{
	char *const field = *rest;
	char *const blank = strchr(field, ' ');

	if (blank == NULL)
		return NULL;
	*blank = '\0';
	*rest = blank + 1;
	return field;
}

bool request_has(const char *words, const char *word)
{
	const size_t len = strlen(word);
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && strncmp(words, word, n) == 0)
			return true;
	}
	return false;
}

/* Large, and almost none of it touched: pages that are there when used. */
static struct requests requests;

int kit_serve(void (*answer)(void *arg, char *request), void *arg)
{
	struct requests *const r = &requests;
	enum request_verdict verdict;

	while ((verdict = request_read(r)) == REQUEST_READ) {
		const struct wire_field whole = { r->data, r->len };

		if (wire_has_control(&whole)) {
			report(REPORT_ERROR, "control character in a request",
			       0);
			answer_string("ERR\n");
		} else {
			answer(arg, r->data);
		}
		answer_flush();
	}
	return verdict == REQUEST_NONE ? EX_OK : EX_TEMPFAIL;
}
