/* SPDX-License-Identifier: ISC */
/*
 * --check: whether there would be TLS.
 */
#ifndef TLS_CHECK_H
#define TLS_CHECK_H

#include "tls/options.h"

/*
 * Tells what is amiss: with the options, where `wrong` is a sentence, or with
 * the certificates and what else they name. Returns the exit status.
 */
int check_run(const struct options *, const char *wrong);

#endif
