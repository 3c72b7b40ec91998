/* SPDX-License-Identifier: ISC */
#include "backends/maildir/sizes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"
#include "backends/maildir/import.h"
#include "backends/maildir/size-merge.h"
#include "pure/number.h"

/* What a unique-id that was never told is waited for, to be written. */
#define PATIENCE_MS 2000

/* Pages that are there when used. */
static struct size_reader reader;
static struct size_writer writer;

static void start_reader(int fd)
{
	reader.data = answer_room();
	size_file_start(&reader, fd);
}

void sizes_start(struct sizes *sizes, const char *features)
{
	static const char word[] = "sizes";

	while (features && *features) {
		const size_t len = strcspn(features, " ");

		if (len == sizeof(word) - 1 && !memcmp(features, word, len))
			sizes->writes = true;
		features += len + (features[len] == ' ');
	}
}

/* PATH "/" NAME. */
static size_t file_path(const struct folder *folder, const char *name,
			char path[PATH_MAX])
{
	const size_t len = strlen(name);

	memcpy(path, folder->root.data, folder->root.len);
	path[folder->root.len] = '/';
	memcpy(path + folder->root.len + 1, name, len + 1);
	return folder->root.len + 1 + len;
}

/*
 * Whether unique-ids were imported: its first line says so, or the marker, or
 * whether there is one cannot be told.
 */
static bool imported(const struct sizes *sizes, const struct folder *folder)
{
	char path[PATH_MAX];
	struct stat st;

	file_path(folder, SIZE_FILE_IMPORTED, path);
	return *sizes->form || *reader.form || !lstat(path, &st) ||
	       errno != ENOENT;
}

/* The one line about a file that is of no use. */
static int refuse(const struct sizes *sizes, const struct folder *folder,
		  const char *why, int error)
{
	static const char ignored[] = "size file ignored: ";
	static const char needed[] = "size file needed, for its unique-ids "
				     "were imported: ";
	const bool needs = imported(sizes, folder);
	char path[PATH_MAX];
	char data[256];
	struct text text = { .data = data, .size = sizeof(data) - 1 };

	text_string(&text, needs ? needed : ignored);
	text_string(&text, why ? why : "it cannot be read");
	data[text.len] = '\0';
	report_path(needs ? REPORT_ERROR : REPORT_NOTICE, data, path,
		    file_path(folder, SIZE_FILE, path), why ? 0 : error);
	return needs ? -EBADMSG : 0;
}

/* Reads the file, where there is one. */
static int take_file(struct sizes *sizes, struct folder *folder)
{
	char path[PATH_MAX];
	const char *why;
	int fd;
	int r;

	sizes->read.st_ino = 0;
	*sizes->form = *reader.form = '\0';
	file_path(folder, SIZE_FILE, path);
	fd = size_file_open(AT_FDCWD, path, &sizes->read, &why);
	if (fd < 0) {
		const int error = errno;

		sizes->read.st_ino = 0;
		if (!why && error == ENOENT && !imported(sizes, folder))
			return 0;
		return refuse(sizes, folder, why, error);
	}
	start_reader(fd);
	r = size_merge(&folder->listed, &reader);
	close(fd);
	if (r) {
		sizes->read.st_ino = 0;
		return r == -EBADMSG
			       ? refuse(sizes, folder, reader.why, reader.error)
			       : r;
	}
	memcpy(sizes->form, reader.form, sizeof(sizes->form));
	return 0;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* From its start to its end: whether it is whole. */
static bool whole(int fd)
{
	struct size_line line;
	int more;

	start_reader(fd);
	do
		more = size_file_read(&reader, &line);
	while (more > 0);
	return more == 0;
}

/* The marker: else who removes the file alone would not know what he does. */
static int mark(int at)
{
	const int fd = openat(at, SIZE_FILE_IMPORTED,
			      O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
				      O_NOCTTY | O_CLOEXEC,
			      0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Whether each twin is known to be one; they are from now on. */
static bool new_twins(struct listing *listing)
{
	bool some = false;

	for (size_t i = 1; i < listing->count; i++) {
		struct mail *const a = &listing->messages[i - 1];
		struct mail *const b = &listing->messages[i];

		if ((a->twin && b->twin) ||
		    !listing_same_unique(listing, i - 1, i))
			continue;
		a->twin = b->twin = some = true;
	}
	return some;
}

/* A whole file that another session wrote, which saw more. */
static int merge_newer(struct sizes *sizes, struct folder *folder, int fd)
{
	int r = lseek(fd, 0, SEEK_SET) ? -errno : 0;

	start_reader(fd);
	if (!r)
		r = size_merge(&folder->listed, &reader);
	memcpy(sizes->form, reader.form, sizeof(sizes->form));
	new_twins(&folder->listed);
	return r;
}

/*
 * All lines. Where the file is the one that was read, a size of a message that
 * is not listed is of one that is gone; but not where a folder is missing.
 */
static int write_lines(struct sizes *sizes, struct folder *folder)
{
	struct size_reader *from = NULL;
	struct stat st;
	const char *why;
	const int fd = size_file_open(writer.folder, SIZE_FILE, &st, &why);
	const bool known = fd >= 0 && same(&st, &sizes->read);
	const bool all = !known || folder->fd[FOLDER_NEW] < 0 ||
			 folder->fd[FOLDER_CUR] < 0;
	int r = 0;

	if (known || (fd >= 0 && whole(fd)))
		from = &reader;
	else if (!sizes->fresh && imported(sizes, folder))
		r = -EBADMSG;
	/* Whose list it is now is for the next login to see. */
	if (from && !known)
		r = sizes->fresh ? -EAGAIN : merge_newer(sizes, folder, fd);
	if (from && !r && lseek(fd, 0, SEEK_SET))
		r = -errno;
	if (from)
		start_reader(fd);
	size_file_head(&writer, sizes->form);
	if (!r)
		r = size_merge_write(&folder->listed, from, &writer, all);
	if (fd >= 0)
		close(fd);
	return !r && *sizes->form ? mark(writer.folder) : r;
}

/*
 * Makes the next file; `sure`: whoever makes it now is waited for. A name that
 * another's rename has taken away in the meantime is tried again, too.
 */
static int begin(int at, bool sure)
{
	const int64_t until = stamp_now() + PATIENCE_MS;
	int r;

	while ((r = size_file_begin(&writer, at)) == -EWOULDBLOCK && sure &&
	       stamp_now() < until)
		stamp_wait();
	return r;
}

/* Whether we may, by the Maildir; a root that writes there is no good. */
static bool ours(int at)
{
	struct stat st;

	return geteuid() && !fstat(at, &st) && st.st_uid == geteuid();
}

/* What was not written, and why. */
static void not_written(const struct folder *folder, int error)
{
	static const char taken[] = "size file not written: another session "
				    "writes it, or it is another user's";
	static const char damaged[] = "size file not written: its unique-ids "
				      "were imported, and now it is damaged "
				      "or missing";

	report_path(REPORT_NOTICE,
		    error == EWOULDBLOCK ? taken
		    : error == EBADMSG	 ? damaged
					 : "size file not written",
		    folder->root.data, folder->root.len,
		    error == EWOULDBLOCK || error == EBADMSG ? 0 : error);
}

/* Who is not sure to write may find that another does. */
static int keep(struct sizes *sizes, struct folder *folder, bool sure)
{
	const int at = openat(AT_FDCWD, folder->root.data,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (at < 0)
		return -errno;
	/* A file that may not grow is to fail, and nobody is to die of it. */
	signal(SIGXFSZ, SIG_IGN);
	r = ours(at) ? begin(at, sure) : -EWOULDBLOCK;
	if (!r) {
		writer.error = write_lines(sizes, folder);
		r = size_file_end(&writer);
	}
	close(at);
	if (r && (r != -EWOULDBLOCK || (sure && *sizes->form)))
		not_written(folder, -r);
	if (!r)
		sizes->changed = sizes->fresh = false;
	return r;
}

/* What another server had seen it moved to cur. */
static bool seen(const struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		if (listing->messages[i].folder == FOLDER_CUR)
			return true;
	return false;
}

/* 1 where there are unique-ids to keep now, 0, or, logged, -errno. */
static int import_ids(struct sizes *sizes, struct folder *folder)
{
	static const char missing[] = "unique-ids not imported: no such list, "
				      "but messages in cur";
	struct import import = {
		.form = sizes->import,
		.data = answer_room(),
		.size = ANSWER_ROOM,
	};
	const char *const file = import_file(import.form);
	char path[PATH_MAX];
	const size_t len = file_path(folder, file ? file : "cur", path);
	char data[256];
	struct text text = { .data = data, .size = sizeof(data) - 1 };
	int r = import_take(&import, path, &folder->listed);

	if (r == 0 && seen(&folder->listed)) {
		report_path(REPORT_ERROR, missing, path, len, 0);
		return -EBADMSG;
	}
	if (r == -EBADMSG) {
		text_string(&text, "unique-ids not imported: ");
		text_string(&text, import.why ? import.why
					      : "the list cannot be read");
		data[text.len] = '\0';
		report_path(REPORT_ERROR, data, path, len, import.error);
	}
	if (r == 1) {
		const size_t n = import_name(import.form);

		memcpy(sizes->form, import.form, n);
		sizes->form[n] = '\0';
	}
	return r;
}

int sizes_list(struct sizes *sizes, struct folder *folder)
{
	bool now = false;
	bool new;
	int r;

	sizes->changed = sizes->fresh = false;
	r = take_file(sizes, folder);
	if (!r && sizes->import && !imported(sizes, folder)) {
		r = import_ids(sizes, folder);
		now = sizes->fresh = r == 1;
	}
	if (r < 0)
		return r;
	new = new_twins(&folder->listed) || now;
	/* What is made of names and inodes will be made again alike. */
	if (new && sizes->writes && keep(sizes, folder, true) && *sizes->form)
		return -EAGAIN;
	if (now)
		report_path(REPORT_NOTICE, "unique-ids imported",
			    folder->root.data, folder->root.len, 0);
	return 0;
}

/* Cuts a number off, and the blank behind it. */
static bool take_number(const char **text, uint64_t *number)
{
	const size_t len = strcspn(*text, " ");
	const bool good = number_parse(*text, len, number);

	*text += len + ((*text)[len] == ' ');
	return good;
}

bool sizes_take(struct sizes *sizes, struct folder *folder,
		const char *arguments)
{
	struct listing *const listing = &folder->listed;
	uint64_t n;
	uint64_t octets;

	while (*arguments) {
		struct mail *message;

		if (!take_number(&arguments, &n) || !n || n > listing->count ||
		    !take_number(&arguments, &octets) || octets >> 43)
			return false;
		message = &listing->messages[n - 1];
		sizes->changed |=
			!message->counted || message->octets != octets;
		message->octets = octets & ((UINT64_C(1) << 43) - 1);
		message->counted = true;
	}
	return true;
}

void sizes_removed(struct sizes *sizes, struct folder *folder, size_t n)
{
	struct mail *const message = &folder->listed.messages[n - 1];

	message->removed = true;
	sizes->changed |= message->counted || message->twin || message->id;
}

void sizes_end(struct sizes *sizes, struct folder *folder)
{
	if (sizes->writes && sizes->changed)
		keep(sizes, folder, false);
}
