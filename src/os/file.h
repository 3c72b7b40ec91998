/* SPDX-License-Identifier: ISC */
/*
 * Messages in files, locks on files, and the spool. Regular files only: none
 * of this waits for a peer. Functions return a descriptor, a count or 0, or
 * -errno; they do not log.
 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Opens a message for reading: a regular file, not through a symbolic link,
 * never waiting for a fifo, never a controlling terminal. *octets is its
 * length. -ENOENT where it is gone, -ELOOP or -EINVAL for what is no regular
 * file.
 */
int file_open(const char *path, uint64_t *octets);

/*
 * Unlinks a file whose descriptor is open, if it is ours alone: owned by our
 * uid, one link. -EPERM where it is not.
 */
int file_unlink_temp(int fd, const char *path);

/* Reads all n octets at an offset; fewer only at the end of the file. */
ssize_t file_read(int fd, char *to, size_t n, uint64_t at);

/* Writes all n octets at an offset. 0 or -errno. */
int file_write(int fd, const char *data, size_t n, uint64_t at);

/* A new file without a name, in $TMPDIR or /tmp; and which of them that is. */
int file_spool(void);
const char *file_spool_folder(void);

/*
 * An exclusive flock(2) on a folder or a regular file, made with mode 0600
 * where it is missing. -EWOULDBLOCK where another holds it. The descriptor
 * holds the lock.
 */
int file_lock(const char *path);

/*
 * Whether what is in the file of a descriptor was changed so many seconds ago,
 * or before: not where the clock was set back since.
 */
bool file_settled(int fd, int64_t seconds);

/* How long the file of a descriptor is now; 0 where that cannot be told. */
uint64_t file_length(int fd);

/* Whether a path, its last part no symbolic link, is what the descriptor is. */
bool file_is(int fd, const char *path);

/*
 * Moves what is held in data, from *start to *end, to its beginning, and reads
 * behind it: as read(2).
 */
ssize_t file_fill(int fd, char *data, size_t size, size_t *start, size_t *end);

#endif
