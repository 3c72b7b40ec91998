/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "report.h"

/* A folder that changes while it is read is read again, this many times. */
#define TRIES 3

/* Names left out that get a log line of their own. */
#define NAMED 10

/* What getdents(2) may fill: some hundreds of names in one call. */
static _Alignas(struct dirent64) char entries[32768];

const char *folder_name(enum folder_number number)
{
	return number == FOLDER_NEW ? "new" : "cur";
}

/* For the listing of a small Maildir: pages that are there when touched. */
static struct message first_messages[256];
static char first_names[16384];

void folder_init(struct folder *folder)
{
	folder->listed.messages = first_messages;
	folder->listed.room =
		sizeof(first_messages) / sizeof(first_messages[0]);
	folder->listed.names = first_names;
	folder->listed.size = sizeof(first_names);
	folder->fd[FOLDER_NEW] = -1;
	folder->fd[FOLDER_CUR] = -1;
}

int folder_set_path(struct folder *folder, const char *path, size_t len)
{
	size_t start = 0;

	if (!len)
		return -EINVAL;
	if (path[0] != '/') {
		if (!getcwd(folder->path, sizeof(folder->path)))
			return errno == ERANGE ? -ENAMETOOLONG : -errno;
		start = strlen(folder->path);
		folder->path[start++] = '/';
	}
	if (start > FOLDER_PATH || len > FOLDER_PATH - start)
		return -ENAMETOOLONG;
	memcpy(folder->path + start, path, len);
	len += start;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)folder->path[i] < 0x20 ||
		    folder->path[i] == 0x7f)
			return -EINVAL;
	while (len > 1 && folder->path[len - 1] == '/')
		len--;
	folder->path[len] = '\0';
	folder->path_len = len;
	for (unsigned int i = 0; i < FOLDERS; i++) {
		if (folder->fd[i] >= 0)
			close(folder->fd[i]);
		folder->fd[i] = -1;
	}
	listing_empty(&folder->listed);
	folder->fresh_taken = false;
	return 0;
}

/* Opens new/ or cur/, or goes back to its start. Missing is no error. */
static int open_folder(struct folder *folder, enum folder_number number)
{
	char path[FOLDER_PATH + 5];
	int fd;

	if (folder->fd[number] >= 0)
		return lseek(folder->fd[number], 0, SEEK_SET) ? -errno : 0;
	memcpy(path, folder->path, folder->path_len);
	path[folder->path_len] = '/';
	memcpy(path + folder->path_len + 1, folder_name(number), 4);
	/* musl's open() would say FD_CLOEXEC twice. */
	fd = openat(AT_FDCWD, path,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	folder->fd[number] = fd;
	return 0;
}

/* Why an entry is no message; an empty string where nobody need know. */
static const char *refused(const struct dirent64 *entry, size_t len)
{
	if (entry->d_name[0] == '.' || entry->d_type == DT_DIR)
		return "";
	if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN)
		return "not a regular file";
	return name_unservable(entry->d_name, len);
}

/* Reads to the end. Returns in how many pieces, or -errno. */
static int read_entries(int fd, enum folder_number number,
			struct listing *listing, size_t *left_out, bool quiet)
{
	for (int pieces = 0;; pieces++) {
		ssize_t n = getdents64(fd, (void *)entries, sizeof(entries));
		const struct dirent64 *entry;

		if (n <= 0)
			return n < 0 ? -errno : pieces;
		for (ssize_t i = 0; i < n; i += entry->d_reclen) {
			const char *why;
			size_t len;
			int r;

			entry = (const void *)(entries + i);
			len = strlen(entry->d_name);
			why = refused(entry, len);
			if (!why) {
				r = listing_add(listing, entry->d_name, len,
						number);
				if (r)
					return r;
			} else if (*why && !quiet && ++*left_out <= NAMED) {
				report_path(REPORT_WARNING, why, entry->d_name,
					    len, 0);
			}
		}
	}
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/*
 * One folder's names. A file that is renamed while they are read may be missed
 * under both names (readdir(3) promises nothing for it), and a message that
 * is missed counts as gone: so a folder that changed between the pieces of its
 * reading is read again. A small one is a single piece.
 */
static int scan_folder(struct folder *folder, enum folder_number number,
		       struct listing *listing, size_t *left_out, bool quiet)
{
	const size_t count = listing->count;
	const size_t used = listing->used;
	const int fd = folder->fd[number];
	struct stat before;
	struct stat after;
	int r;

	if (fd < 0)
		return 0;
	for (unsigned int i = 0; i < TRIES; i++) {
		listing->count = count;
		listing->used = used;
		if (fstat(fd, &before) || (i && lseek(fd, 0, SEEK_SET)))
			return -errno;
		r = read_entries(fd, number, listing, left_out, quiet || i);
		if (r <= 1)
			return r < 0 ? r : 0;
		if (fstat(fd, &after))
			return -errno;
		if (same_time(&before.st_mtim, &after.st_mtim))
			break;
	}
	return 0;
}

static bool present(const struct folder *folder, const struct listing *listing,
		    size_t i)
{
	const struct message *message = &listing->messages[i];
	struct stat st;

	return !fstatat(folder->fd[message->folder],
			listing_name(listing, message), &st,
			AT_SYMLINK_NOFOLLOW) ||
	       errno != ENOENT;
}

/*
 * A message that moved between two reads was seen twice. Only the place where
 * it is counts; where both are there, they are two messages.
 */
static void drop_shadows(const struct folder *folder, struct listing *listing)
{
	size_t i = 0;

	while (i + 1 < listing->count) {
		if (!listing_twins(listing, i))
			i++;
		else if (!present(folder, listing, i))
			listing_drop(listing, i);
		else if (!present(folder, listing, i + 1))
			listing_drop(listing, i + 1);
		else
			i++;
	}
}

/* new/ before cur/: mail moves that way, and must not be missed in both. */
static int scan(struct folder *folder, struct listing *listing, bool quiet)
{
	size_t left_out = 0;
	int r = 0;

	listing_empty(listing);
	for (unsigned int i = 0; i < FOLDERS && !r; i++) {
		r = open_folder(folder, i);
		if (!r)
			r = scan_folder(folder, i, listing, &left_out, quiet);
	}
	if (left_out > NAMED)
		report(REPORT_WARNING, "more names left out", 0);
	if (!r)
		r = listing_sort(listing);
	if (!r)
		drop_shadows(folder, listing);
	return r;
}

int folder_list(struct folder *folder)
{
	struct stat st;
	int r = scan(folder, &folder->listed, false);

	folder->fresh_taken = false;
	folder->exists = true;
	if (r || folder->fd[FOLDER_NEW] >= 0 || folder->fd[FOLDER_CUR] >= 0)
		return r;
	if (!stat(folder->path, &st))
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	folder->exists = false;
	return errno == ENOENT ? 0 : -errno;
}

const struct message *folder_message(const struct folder *folder, size_t n)
{
	if (!n || n > folder->listed.count)
		return NULL;
	return &folder->listed.messages[n - 1];
}

/* Whether the message is there; with `remove`, it no longer is. */
static int reach(const struct folder *folder, const struct listing *listing,
		 size_t i, bool remove, struct folder_place *place)
{
	const struct message *message = &listing->messages[i];
	const char *name = listing_name(listing, message);
	const int fd = folder->fd[message->folder];
	struct stat st;

	*place = (struct folder_place){
		.folder = message->folder,
		.name = name,
		.len = message->len,
	};
	if (remove ? unlinkat(fd, name, 0)
		   : fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return 0;
}

/*
 * A message that is not in a later look is gone for good, so one look does for
 * all that are gone; only one that moves on and on needs another.
 */
static int follow(struct folder *folder, size_t n, bool remove,
		  struct folder_place *place)
{
	const struct message *listed = &folder->listed.messages[n - 1];
	const char *name = listing_name(&folder->listed, listed);
	size_t first;
	size_t found;
	int r;

	for (unsigned int i = 0; i < TRIES; i++) {
		if (i || !folder->fresh_taken) {
			folder->fresh_taken = false;
			r = scan(folder, &folder->fresh, true);
			if (r)
				return r;
			folder->fresh_taken = true;
		}
		found = listing_find(&folder->fresh, name, listed->unique,
				     &first);
		if (found != 1)
			return found ? -ENOTUNIQ : -ENOENT;
		r = reach(folder, &folder->fresh, first, remove, place);
		if (r != -ENOENT)
			return r;
	}
	return -EAGAIN;
}

static int find(struct folder *folder, size_t n, bool remove,
		struct folder_place *place)
{
	int r = reach(folder, &folder->listed, n - 1, remove, place);

	if (r != -ENOENT)
		return r;
	/* The other of two with one unique part is not the one asked for. */
	if (listing_twins(&folder->listed, n - 1) ||
	    (n > 1 && listing_twins(&folder->listed, n - 2)))
		return -ENOTUNIQ;
	return follow(folder, n, remove, place);
}

int folder_find(struct folder *folder, size_t n, struct folder_place *place)
{
	return find(folder, n, false, place);
}

int folder_remove(struct folder *folder, size_t n)
{
	struct folder_place place;

	return find(folder, n, true, &place);
}
