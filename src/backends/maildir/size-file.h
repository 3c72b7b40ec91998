/* SPDX-License-Identifier: ISC */
/*
 * The file of pure/size-list in a Maildir: read line by line in constant
 * memory, and replaced whole.
 */
#ifndef BACKENDS_MAILDIR_SIZE_FILE_H
#define BACKENDS_MAILDIR_SIZE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "pure/size-list.h"
#include "pure/text.h"

#define SIZE_FILE "pop3-skel-list"
/* The next one, until it has that name. */
#define SIZE_FILE_NEXT "pop3-skel-list.next"
/* Beside one whose unique-ids are not all made of names. */
#define SIZE_FILE_IMPORTED "pop3-skel-list.imported"

/* More lines than messages can be listed are no file of ours. */
#define SIZE_FILE_LINES 1000000

struct size_reader {
	int fd;
	int error; /* a number of errno's, or 0 with .why alone */
	const char *why; /* what is wrong with it, or NULL */
	char form[SIZE_LIST_FORM + 1]; /* of its first line */
	bool headed; /* that was read */
	bool ended; /* the last line was read, and is right */
	uint64_t lines;
	uint64_t sum;
	size_t start;
	size_t end; /* of what is held in data */
	size_t unique_len; /* the unique part of the last line */
	uint64_t time; /* ... and the time that it begins with */
	uint64_t inode; /* ... and its inode */
	char unique[SIZE_LIST_UNIQUE];
	char *data; /* SIZE_FILE_ROOM octets of whoever reads */
};

enum { SIZE_FILE_ROOM = 16384 };

/* In the folder `at`, or at a path: a descriptor, or -1 with *why or errno. */
int size_file_open(int at, const char *path, struct stat *, const char **why);

/* From the start of a file that is open. */
void size_file_start(struct size_reader *, int fd);

/*
 * The next line: 1; 0 at the end of a file that is whole; -1 where something is
 * wrong with it, and nothing that it told is to be believed.
 */
int size_file_read(struct size_reader *, struct size_line *);

struct size_writer {
	int folder; /* the Maildir */
	int fd;
	int error; /* -errno of the first write that failed */
	bool lasting; /* it has what cannot be made again from names */
	uint64_t lines;
	uint64_t sum;
	size_t len;
	char data[16384];
};

/*
 * Makes the next file, which nobody else then writes. 0, and size_file_end
 * follows; -EWOULDBLOCK where somebody does; or -errno.
 */
int size_file_begin(struct size_writer *, int folder);
void size_file_head(struct size_writer *, const char *form);
void size_file_write(struct size_writer *, const struct size_line *);

/* Whether a line says more than what can be counted again. */
bool size_file_lasting(const struct size_line *);

/*
 * Puts it in the place of the one that is there, unless .error is set; with
 * what lasts not before it is on the disk, and to stay. 0 or -errno.
 */
int size_file_end(struct size_writer *);

#endif
