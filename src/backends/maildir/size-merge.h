/* SPDX-License-Identifier: ISC */
/*
 * The messages of a Maildir and the lines of its size file, both in order, in
 * one pass; in two where unique-ids have lost their inodes.
 */
#ifndef BACKENDS_MAILDIR_SIZE_MERGE_H
#define BACKENDS_MAILDIR_SIZE_MERGE_H

#include "backends/maildir/listing.h"
#include "backends/maildir/size-file.h"

/*
 * What the lines say of the messages: sizes where none is known, and, in the
 * place of whatever was known of them, unique-ids and twins. 0; or -EBADMSG with
 * what is wrong in the reader, -ENOMEM, -EOVERFLOW or -errno: then nothing is
 * known of any.
 */
int size_merge(struct listing *, struct size_reader *);

/*
 * Writes what is known of the messages, between the lines of a file that was
 * merged with them as above; NULL: there is none. Of its lines of messages that
 * are not listed those stay that cannot be made again, and with `all` the
 * others. Twins in the listing are marked as such. 0 or an error as above.
 */
int size_merge_write(const struct listing *, struct size_reader *,
		     struct size_writer *, bool all);

#endif
