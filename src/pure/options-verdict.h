/* SPDX-License-Identifier: ISC */
/*
 * What is to be done after a command line was read.
 */
#ifndef PURE_OPTIONS_VERDICT_H
#define PURE_OPTIONS_VERDICT_H

enum options_verdict {
	OPTIONS_SERVE,
	OPTIONS_DONE, /* --help or --version: printed */
	OPTIONS_WRONG, /* one sentence is in error */
};

#endif
