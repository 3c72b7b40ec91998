/* SPDX-License-Identifier: ISC */
/*
 * The command line, and files of options, as one struct.
 */
#ifndef SESSION_OPTIONS_PARSE_H
#define SESSION_OPTIONS_PARSE_H

#include "pure/options-verdict.h"
#include "session/options.h"

/*
 * Takes argv apart. The options point into argv and into themselves: they are
 * not to be copied. error holds a sentence, with its NUL, after
 * OPTIONS_WRONG.
 */
enum options_verdict options_parse(struct options *, int argc, char **argv,
				   char error[256]);

#endif
