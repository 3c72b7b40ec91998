/* SPDX-License-Identifier: ISC */
/*
 * Where a user's Maildir is: %u the user's name, %n and %d its parts before
 * and after the first `@`, %h the home folder, %% a percent sign. Pure.
 */
#ifndef BACKENDS_KIT_TEMPLATE_H
#define BACKENDS_KIT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/text.h"

/* Whether it is one: not empty, and with none but these after a `%`. */
bool template_valid(const char *);

/*
 * The same of one out of a file: from no current folder on, but from `/`, `%h`
 * or `~`, which is the home folder as well.
 */
bool template_absolute(const char *);

/*
 * Adds the path to out. Returns NULL, or what is missing for it, such as a name
 * that is one of a folder: not empty, `.` or `..`, and without a `/`. The template
 * has passed template_valid().
 */
const char *template_expand(struct text *out, const char *template,
			    const char *user, size_t len, const char *home);

#endif
