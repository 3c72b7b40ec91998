/* SPDX-License-Identifier: ISC */
/*
 * The messages of a Maildir and the lines of its size file, both in order, in
 * one pass.
 */
#ifndef BACKENDS_MAILDIR_SIZE_MERGE_H
#define BACKENDS_MAILDIR_SIZE_MERGE_H

#include "backends/maildir/listing.h"
#include "backends/maildir/size-file.h"

/*
 * What the lines say of the messages. 0; or -EBADMSG with what is wrong in the
 * reader, -ENOMEM or -EOVERFLOW: then the listing is as it was.
 */
int size_merge(struct listing *, struct size_reader *);

/*
 * Writes what is known of the messages, between the lines of a file that was
 * found to be whole; NULL: there is none. What such a line says of a message is
 * taken where nothing was known. 0 or an error as above.
 */
int size_merge_write(struct listing *, struct size_reader *,
		     struct size_writer *);

#endif
