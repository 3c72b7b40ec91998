/* SPDX-License-Identifier: ISC */
#include "backends/maildir/size-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "backends/maildir/name.h"
#include "os/file.h"

enum { SAFE = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

/* Why a file that is open is none of ours, or NULL. */
static const char *foreign(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_uid != geteuid())
		return "of another owner";
	/* None where another took its place just now. */
	if (st->st_nlink > 1)
		return "it has more than one link";
	if (st->st_mode & 022)
		return "others may write it";
	return NULL;
}

int size_file_open(int at, const char *path, struct stat *st, const char **why)
{
	const int fd = openat(at, path, O_RDONLY | SAFE);

	*why = NULL;
	if (fd < 0) {
		if (errno == ELOOP)
			*why = "not a regular file";
		return -1;
	}
	*why = fstat(fd, st) ? "it cannot be looked at" : foreign(st);
	if (!*why)
		return fd;
	close(fd);
	return -1;
}

void size_file_start(struct size_reader *reader, int fd)
{
	memset(reader, 0, offsetof(struct size_reader, unique));
	reader->fd = fd;
	reader->sum = SIZE_LIST_SUM;
}

/* Makes room and reads. False at the end, or where that fails. */
static bool fill(struct size_reader *reader)
{
	const ssize_t n = file_fill(reader->fd, reader->data, SIZE_FILE_ROOM,
				    &reader->start, &reader->end);

	if (n < 0)
		reader->error = errno;
	return n > 0;
}

/* The next line, without its LF; NULL where there is none. */
static const char *next(struct size_reader *reader, size_t *len)
{
	for (;;) {
		const char *const from = reader->data + reader->start;
		const size_t held = reader->end - reader->start;
		const char *const lf = memchr(from, '\n', held);

		if (lf) {
			*len = (size_t)(lf - from);
			reader->start += *len + 1;
			return from;
		}
		if (held >= SIZE_LIST_LINE || !fill(reader))
			return NULL;
	}
}

/*
 * Whether a line comes after the last one in the order of the list; with the
 * same unique part only where both are twins', by their inodes.
 */
static bool in_order(const struct size_reader *reader,
		     const struct size_line *line, uint64_t time)
{
	int order;

	if (reader->lines == 1)
		return true;
	if (time != reader->time)
		return time > reader->time;
	order = text_compare(line->unique, line->unique_len, reader->unique,
			     reader->unique_len);
	return order > 0 ||
	       (!order && reader->inode && line->inode > reader->inode);
}

static const char *take(struct size_reader *reader, const char *text,
			size_t len, struct size_line *line)
{
	const char *const why = size_list_line(text, len, line);
	uint64_t time;

	if (why)
		return why;
	if (++reader->lines > SIZE_FILE_LINES)
		return "too many lines";
	/* Else a damaged one could not be told from one that may be lost. */
	if (line->uid_len && !*reader->form)
		return "a unique-id, but none was imported";
	time = name_time(line->unique, line->unique_len);
	if (!in_order(reader, line, time))
		return "out of order";
	reader->time = time;
	reader->inode = line->inode;
	reader->unique_len = line->unique_len;
	memcpy(reader->unique, line->unique, line->unique_len);
	return NULL;
}

/* The last line, and nothing behind it. */
static const char *end(struct size_reader *reader, const char *text, size_t len)
{
	uint64_t lines;
	uint64_t sum;
	const char *const why = size_list_end(text, len, &lines, &sum);

	if (why)
		return why;
	if (lines != reader->lines || sum != reader->sum)
		return "its sum is wrong";
	if (reader->start != reader->end || fill(reader))
		return "lines behind the last one";
	reader->ended = true;
	return NULL;
}

int size_file_read(struct size_reader *reader, struct size_line *line)
{
	size_t len;
	const char *text = next(reader, &len);

	if (text && !reader->headed) {
		reader->headed = true;
		reader->why = size_list_head(text, len, reader->form);
		reader->sum = size_list_sum(reader->sum, text, len + 1);
		text = reader->why ? NULL : next(reader, &len);
	}
	if (!text) {
		if (!reader->why && !reader->error)
			reader->why = "cut off, or a line too long";
	} else if (size_list_is_end(text, len)) {
		reader->why = end(reader, text, len);
	} else {
		reader->why = take(reader, text, len, line);
		reader->sum = size_list_sum(reader->sum, text, len + 1);
	}
	if (reader->why || reader->error)
		return -1;
	return reader->ended ? 0 : 1;
}

/* Whether the name of the next file still is the file that is open. */
static bool named(int folder, const struct stat *open)
{
	struct stat st;

	return fstatat(folder, SIZE_FILE_NEXT, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == open->st_dev && st.st_ino == open->st_ino;
}

/*
 * Who opens it before another renames it, and locks it after that, has the file
 * that is served: only then is the name another's.
 */
static int own(struct size_writer *writer)
{
	struct stat st;

	if (fstat(writer->fd, &st))
		return -errno;
	if (foreign(&st))
		return -EPERM;
	if (flock(writer->fd, LOCK_EX | LOCK_NB))
		return -errno;
	if (!named(writer->folder, &st))
		return -EWOULDBLOCK;
	return ftruncate(writer->fd, 0) ? -errno : 0;
}

int size_file_begin(struct size_writer *writer, int folder)
{
	int r;

	writer->folder = folder;
	writer->error = 0;
	writer->lasting = false;
	writer->lines = 0;
	writer->sum = SIZE_LIST_SUM;
	writer->len = 0;
	writer->fd =
		openat(folder, SIZE_FILE_NEXT, O_RDWR | O_CREAT | SAFE, 0600);
	if (writer->fd < 0)
		return -errno;
	r = own(writer);
	if (r)
		close(writer->fd);
	return r;
}

static void flush(struct size_writer *writer)
{
	const char *data = writer->data;
	size_t left = writer->len;

	while (left && !writer->error) {
		const ssize_t n = write(writer->fd, data, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			writer->error = -errno;
		else {
			data += n;
			left -= (size_t)n;
		}
	}
	writer->len = 0;
}

/* Room for one more line. */
static struct text room(struct size_writer *writer)
{
	if (sizeof(writer->data) - writer->len < SIZE_LIST_LINE)
		flush(writer);
	return (struct text){ .data = writer->data + writer->len,
			      .size = sizeof(writer->data) - writer->len };
}

static void added(struct size_writer *writer, const struct text *text)
{
	writer->sum = size_list_sum(writer->sum, text->data, text->len);
	writer->len += text->len;
}

void size_file_head(struct size_writer *writer, const char *form)
{
	struct text text = room(writer);

	size_list_add_head(&text, form);
	added(writer, &text);
	writer->lasting |= *form;
}

bool size_file_lasting(const struct size_line *line)
{
	return line->uid_len || line->inode;
}

void size_file_write(struct size_writer *writer, const struct size_line *line)
{
	struct text text;

	writer->lasting |= size_file_lasting(line);
	if (writer->lines == SIZE_FILE_LINES) {
		if (size_file_lasting(line) && !writer->error)
			writer->error = -EFBIG;
		return;
	}
	writer->lines++;
	text = room(writer);
	size_list_add_line(&text, line);
	added(writer, &text);
}

static int replace(struct size_writer *writer)
{
	const int folder = writer->folder;
	const bool sure = writer->lasting;
	int r = writer->error;

	if (!r && sure && fsync(writer->fd))
		r = -errno;
	if (!r && renameat(folder, SIZE_FILE_NEXT, folder, SIZE_FILE))
		r = -errno;
	if (r) {
		/* It still is ours: nobody else renames it. */
		unlinkat(folder, SIZE_FILE_NEXT, 0);
		return r;
	}
	return sure && fsync(folder) ? -errno : 0;
}

int size_file_end(struct size_writer *writer)
{
	struct text text = room(writer);
	int r;

	size_list_add_end(&text, writer->lines, writer->sum);
	writer->len += text.len;
	flush(writer);
	r = replace(writer);
	close(writer->fd);
	return r;
}
