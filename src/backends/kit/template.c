/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "backends/kit/template.h"

bool template_valid(const char *template)
{
	const char *at = template;

	while ((at = strchr(at, '%'))) {
		if (!at[1] || !strchr("undh%", at[1]))
			return false;
		at += 2;
	}
	return *template;
}

const char *template_expand(struct text *out, const char *template,
			    const char *user, size_t len, const char *home)
{
	const char *at = memchr(user, '@', len);
	const size_t local = at ? (size_t)(at - user) : len;

	for (const char *c = template; *c; c++) {
		if (*c != '%') {
			text_add(out, c, 1);
			continue;
		}
		switch (*++c) {
		case 'u':
			text_add(out, user, len);
			break;
		case 'n':
			text_add(out, user, local);
			break;
		case 'd':
			if (!at)
				return "no domain in the name for %d";
			text_add(out, at + 1, len - local - 1);
			break;
		case 'h':
			if (!*home)
				return "no home for %h: put one into the sixth "
				       "field, "
				       "or take a template without it";
			text_string(out, home);
			break;
		default:
			text_add(out, c, 1);
		}
	}
	return out->cut ? "path too long" : NULL;
}
