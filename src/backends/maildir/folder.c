/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"
#include "backends/maildir/folder.h"

/* Names left out that get a log line of their own. */
#define NAMED 10

/* What getdents(2) may fill: some hundreds of names in one call. */
enum { ENTRIES = 16384 };

/* For the listing of a small Maildir: pages that are there when touched. */
static struct mail first_messages[256];
static char first_names[16384];

void folder_init(struct folder *folder, int64_t patience_ms)
{
	struct listing *const l = &folder->listed;

	folder->patience_ms = patience_ms;
	l->messages = first_messages;
	l->room = sizeof(first_messages) / sizeof(first_messages[0]);
	l->names = first_names;
	l->size = sizeof(first_names);
	folder->fd[FOLDER_NEW] = folder->fd[FOLDER_CUR] = -1;
}

static void shut(struct folder *folder, enum folder_number number)
{
	if (folder->fd[number] >= 0)
		close(folder->fd[number]);
	folder->fd[number] = -1;
}

int folder_set_path(struct folder *folder, const char *path, size_t len)
{
	const int error = folder_path_set(&folder->root, path, len);

	if (error < 0)
		return error;
	for (unsigned int i = 0; i < FOLDERS; i++)
		shut(folder, i);
	listing_empty(&folder->listed);
	folder->fresh_taken = folder->updating = false;
	return 0;
}

size_t folder_failed(const struct folder *folder, char path[FOLDER_PATH + 5])
{
	const bool inside = folder->at < FOLDERS;

	folder_path(&folder->root, inside ? folder->at : FOLDER_NEW, path);
	return folder->root.len + (inside ? 4 : 0);
}

/* Opens new/ or cur/, or goes back to its start. Missing is no error. */
static int open_folder(struct folder *folder, enum folder_number number)
{
	char path[FOLDER_PATH + 5];
	int fd;

	if (folder->fd[number] >= 0)
		return lseek(folder->fd[number], 0, SEEK_SET) ? -errno : 0;
	folder_path(&folder->root, number, path);
	/* musl's open() would say FD_CLOEXEC twice. */
	fd = openat(AT_FDCWD, path,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? folder_path_absent(path) : -errno;
	folder->fd[number] = fd;
	return 0;
}

/* 1 where both have been still for long enough, 0 where not, or -errno. */
static int open_folders(struct folder *folder)
{
	int still = 1;

	for (unsigned int i = 0; i < FOLDERS; i++) {
		int r = open_folder(folder, i);

		folder->at = i;
		if (!r)
			r = stamp_take(&folder->stamp[i], folder->fd[i]);
		if (r < 0)
			return r;
		still &= r;
	}
	return still;
}

/* Whether they still are as open_folders() found them. 1, 0 or -errno. */
static int hold(struct folder *folder)
{
	int r = 1;

	for (unsigned int i = 0; i < FOLDERS && r > 0; i++) {
		char path[FOLDER_PATH + 5];

		folder->at = i;
		folder_path(&folder->root, i, path);
		r = stamp_holds(&folder->stamp[i], path);
	}
	return r;
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

/*
 * One entry. What is no message is left out of the list, which says so, but
 * kept in a later reading: a listed message may have got that name.
 */
static int take_entry(const struct folder *folder, struct listing *listing,
		      enum folder_number number, const struct dirent64 *entry,
		      size_t *left_out)
{
	const size_t len = strlen(entry->d_name);
	const char *why = refused(entry, len);

	if (why && !*why)
		return 0;
	if (!why || listing == &folder->fresh)
		return listing_add(listing, entry->d_name, len, number,
				   entry->d_ino, why);
	if (!folder->told && ++*left_out <= NAMED)
		report_path(REPORT_WARNING, why, entry->d_name, len, 0);
	return 0;
}

static int read_folder(const struct folder *folder, enum folder_number number,
		       struct listing *listing, size_t *left_out)
{
	char *const entries = answer_room();
	const int fd = folder->fd[number];

	for (;;) {
		ssize_t n =
			fd < 0 ? 0 : getdents64(fd, (void *)entries, ENTRIES);
		const struct dirent64 *entry;

		if (n <= 0)
			return n < 0 ? -errno : 0;
		/* A large folder: somebody may have gone meanwhile. */
		if (n > ENTRIES / 2)
			answer_look();
		for (ssize_t i = 0; i < n; i += entry->d_reclen) {
			int r;

			entry = (const void *)(entries + i);
			r = take_entry(folder, listing, number, entry,
				       left_out);
			if (r)
				return r;
		}
	}
}

/*
 * The names in both, in order. new/ before cur/: mail moves that way, and is
 * rarely missed in both. -ENOENT: one of them was removed; it is shut, to be
 * opened anew where there is another by now.
 */
static int read_folders(struct folder *folder, struct listing *listing)
{
	size_t left_out = 0;
	int r = 0;

	listing_empty(listing);
	for (unsigned int i = 0; i < FOLDERS; i++) {
		folder->at = i;
		r = read_folder(folder, i, listing, &left_out);
		if (r == -ENOENT)
			shut(folder, i);
		if (r)
			return r;
	}
	if (left_out > NAMED)
		report(REPORT_WARNING, "more names left out", 0);
	folder->told = true;
	return listing_sort(listing);
}

/*
 * Reads until a reading proves that it missed nothing, and returns 1; or,
 * where `any` will do, once, and returns 0 where it proves nothing. Else
 * -errno, -EAGAIN where the time is over. While they are changing the folders
 * are not read at all, for what would come of it.
 */
static int look(struct folder *folder, struct listing *listing, bool any,
		int64_t until)
{
	for (;;) {
		const int still = open_folders(folder);
		int r = still;

		if (still > 0 || (still == 0 && any)) {
			folder->fresh_taken = false;
			r = read_folders(folder, listing);
			if (!r)
				r = hold(folder);
			if (r > 0)
				r = still;
			folder->fresh_taken = r >= 0;
			folder->fresh_proves = r > 0;
		}
		if (r > 0)
			folder->restless = false;
		if (r == -ENOENT)
			r = 0;
		else if (r || any)
			return r;
		if (stamp_now() >= until) {
			folder->restless = true;
			return -EAGAIN;
		}
		stamp_wait();
	}
}

/* Where one request has waited in vain, the others behind it do not. */
static int64_t patience(const struct folder *folder)
{
	return stamp_now() + (folder->restless ? 0 : folder->patience_ms);
}

int folder_list(struct folder *folder)
{
	struct stat st;
	int r;

	for (unsigned int i = 0; i < FOLDERS; i++)
		shut(folder, i);
	folder->told = false;
	folder->exists = true;
	r = look(folder, &folder->listed, false, patience(folder));
	folder->fresh_taken = false;
	if (r < 0)
		return r;
	if (folder->fd[FOLDER_NEW] >= 0 || folder->fd[FOLDER_CUR] >= 0)
		return 0;
	folder->at = FOLDERS;
	if (!stat(folder->root.data, &st))
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	folder->exists = false;
	return errno == ENOENT ? folder_path_home(&folder->root) : -errno;
}

const struct mail *folder_message(const struct folder *folder, size_t n)
{
	if (!n || n > folder->listed.count)
		return NULL;
	return &folder->listed.messages[n - 1];
}

/*
 * Whether the message is there; with `remove`, it no longer is. -ESTALE where
 * another file has its name, as `inode` tells; NULL: that was seen to. A rename
 * keeps it; a copy is another message.
 */
static int reach(const struct folder *folder, const struct listing *listing,
		 size_t i, const uint64_t *inode, bool remove,
		 struct folder_place *place)
{
	const struct mail *message = &listing->messages[i];
	const char *name = listing_name(listing, message);
	const int fd = folder->fd[message->folder];
	struct stat st;

	*place = (struct folder_place){
		.folder = message->folder,
		.name = name,
		.len = message->len,
	};
	if (fd < 0)
		return -ENOENT;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	place->octets = (uint64_t)st.st_size;
	if (inode && st.st_ino != *inode)
		return -ESTALE;
	return remove && unlinkat(fd, name, 0) ? -errno : 0;
}

/*
 * Whether the later reading still says what is there now. Our own removals
 * change the folders, so that in UPDATE one reading of UPDATE itself does for
 * all that are gone.
 */
static bool current(struct folder *folder)
{
	return folder->updating || hold(folder) > 0;
}

/*
 * Which of these, with one unique part, is the file with this inode, as readings
 * tell it (stat(2) may differ); their count for none, or for more than one.
 */
static size_t same_inode(const struct listing *listing, size_t first,
			 size_t count, uint64_t inode)
{
	size_t own = count, alike = 0;

	for (size_t i = 0; i < count; i++)
		if (listing->messages[first + i].inode == inode && !alike++)
			own = i;
	return alike > 1 ? count : own;
}

/*
 * Message n by the later reading; -EAGAIN where that does not tell, with
 * *seen where it was there but has moved on.
 */
static int consult(struct folder *folder, size_t n, bool remove,
		   struct folder_place *place, bool *seen)
{
	const struct mail *listed = &folder->listed.messages[n - 1];
	const char *name = listing_name(&folder->listed, listed);
	size_t first, found, own;
	int r;

	found = listing_find(&folder->fresh, name, listed->unique, &first);
	own = same_inode(&folder->fresh, first, found, listed->inode);
	*seen = own < found;
	if (*seen && folder->fresh.messages[first + own].odd)
		return -EINVAL;
	if (*seen) {
		r = reach(folder, &folder->fresh, first + own, NULL, remove,
			  place);
		return r == -ENOENT ? -EAGAIN : r;
	}
	if (!folder->fresh_proves || !current(folder))
		return -EAGAIN;
	if (found)
		return -ENOTUNIQ;
	if (listing_remains(&folder->fresh, name, listed->unique,
			    &folder->listed))
		return -EEXIST;
	return -ENOENT;
}

/* Any reading may find it; the next one, if it did not, is to prove that. */
static int follow(struct folder *folder, size_t n, bool remove,
		  struct folder_place *place)
{
	const int64_t until = patience(folder);
	bool seen = true;
	int r;

	for (bool late = false;; late = stamp_now() >= until) {
		if (folder->fresh_taken) {
			r = consult(folder, n, remove, place, &seen);
			if (r != -EAGAIN || late)
				return r;
		}
		r = look(folder, &folder->fresh, seen, until);
		if (r < 0)
			return r;
	}
}

static int find(struct folder *folder, size_t n, bool remove,
		struct folder_place *place)
{
	const uint64_t inode = folder->listed.messages[n - 1].inode;
	const int r =
		reach(folder, &folder->listed, n - 1, &inode, remove, place);

	return r == -ENOENT || r == -ESTALE ? follow(folder, n, remove, place)
					    : r;
}

int folder_find(struct folder *folder, size_t n, struct folder_place *place)
{
	return find(folder, n, false, place);
}

int folder_remove(struct folder *folder, size_t n, struct folder_place *place)
{
	/* What was gone when the client asked before may have come back. */
	if (!folder->updating)
		folder->fresh_taken = false;
	folder->updating = true;
	return find(folder, n, true, place);
}
