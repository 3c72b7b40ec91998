/* SPDX-License-Identifier: ISC */
/*
 * The unique-ids that another server told of a Maildir: out of the list that it
 * left there, or out of the names, as maildir(8) has it under "Moving in".
 */
#ifndef BACKENDS_MAILDIR_IMPORT_H
#define BACKENDS_MAILDIR_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/maildir/listing.h"

/*
 * `dovecot`, `dovecot:` and a format, `courier` or `name`. False where a form is
 * none of those.
 */
bool import_known(const char *form);

/* The octets of a form that are its name. */
size_t import_name(const char *form);

/* The file of a form, or NULL. */
const char *import_file(const char *form);

/* What an import is made with, and what comes of it. */
struct import {
	const char *form;
	char *data; /* room for a piece of the file */
	size_t size;
	const char *why; /* what is wrong with the file, or NULL */
	int error; /* a number of errno's, where .why is NULL */
};

/*
 * Gives the messages of a sorted listing the unique-ids that they had, and the
 * sizes that no name tells. `path` is that of the form's file. 1: done; 0: there
 * is no such file; -EBADMSG: it is not to be believed, and the import says why;
 * or -ENOMEM, -EOVERFLOW.
 */
int import_take(struct import *, const char *path, struct listing *);

#endif
