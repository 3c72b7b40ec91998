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

bool template_absolute(const char *template)
{
	if (*template == '~')
		return !template[1] ||
		       (template[1] == '/' && template_valid(template + 1));
	return (*template == '/' || !strncmp(template, "%h", 2)) &&
	       template_valid(template);
}

/* The home folder, or what is to be done where there is none. */
static const char *add_home(struct text *out, const char *home)
{
	text_string(out, home);
	return *home ? NULL
		     : "no home for %h: put one into the sixth field, "
		       "or take a template without it";
}

/* The user's name, or a part of it, of which no path is to be made. */
static const char *add_name(struct text *out, const char *name, size_t len)
{
	if (len == 0 || memchr(name, '/', len) != NULL ||
	    (len <= 2 && memcmp(name, "..", len) == 0))
		return "the user's name, or its part before or after the @, "
		       "is no name of a folder";
	text_add(out, name, len);
	return NULL;
}

const char *template_expand(struct text *out, const char *template,
			    const char *user, size_t len, const char *home)
{
	const char *at = memchr(user, '@', len);
	const size_t local = at ? (size_t)(at - user) : len;
	const char *why = NULL;

	if (*template == '~') {
		why = add_home(out, home);
		template ++;
	}
	for (const char *c = template; *c && !why; c++) {
		if (*c != '%') {
			text_add(out, c, 1);
			continue;
		}
		switch (*++c) {
		case 'u':
			why = add_name(out, user, len);
			break;
		case 'n':
			why = add_name(out, user, local);
			break;
		case 'd':
			if (!at)
				return "no domain in the name for %d";
			why = add_name(out, at + 1, len - local - 1);
			break;
		case 'h':
			why = add_home(out, home);
			break;
		default:
			text_add(out, c, 1);
		}
	}
	return !why && out->cut ? "path too long" : why;
}
