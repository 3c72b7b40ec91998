/* SPDX-License-Identifier: ISC */
#include "protocol/mechanisms.h"

#include <string.h>

#include "protocol/offers.h"

/* Whether a word is among those of a list. */
static bool has_word(const char *words, size_t len, const char *word, size_t n)
{
	for (size_t i = 0; i + n <= len; i++)
		if ((i == 0 || words[i - 1] == ' ') &&
		    (i + n == len || words[i + n] == ' ') &&
		    memcmp(words + i, word, n) == 0)
			return true;
	return false;
}

/* Adds one mechanism, once, with a blank before all but the first. */
static size_t add_mechanism(char *out, size_t len, const char *name, size_t n)
{
	if (has_word(out, len, name, n))
		return len;
	if (len > 0)
		out[len++] = ' ';
	memcpy(out + len, name, n);
	return len + n;
}

/* Whether it may be offered here: two show a password, two a token. */
static bool permitted(const struct offers *o, bool clear, const char *name,
		      size_t n)
{
	static const char passwords[] = "PLAIN LOGIN";
	static const char tokens[] = "XOAUTH2 OAUTHBEARER";

	if (has_word(passwords, sizeof(passwords) - 1, name, n))
		return clear && !o->no_password;
	return clear || !has_word(tokens, sizeof(tokens) - 1, name, n);
}

size_t mechanisms_list(const struct session *s, bool clear,
		       char out[LIMIT_MECHANISMS + 32])
{
	const struct offers *const o = &s->offers;
	size_t len = 0;

	if (clear && !o->no_password && !claims_has(o, "USER")) {
		len = add_mechanism(out, len, "PLAIN", 5);
		len = add_mechanism(out, len, "LOGIN", 5);
	}
	for (size_t i = 0; i < o->mechanisms_len;) {
		const char *const name = o->mechanisms + i;
		size_t n = 0;

		while (i + n < o->mechanisms_len && name[n] != ' ')
			n++;
		if (n > 0 && permitted(o, clear, name, n))
			len = add_mechanism(out, len, name, n);
		i += n + 1;
	}
	return len;
}

bool mechanisms_offer(const struct session *s, bool clear, const char *name)
{
	char list[LIMIT_MECHANISMS + 32];
	const size_t len = mechanisms_list(s, clear, list);

	return has_word(list, len, name, strlen(name));
}
