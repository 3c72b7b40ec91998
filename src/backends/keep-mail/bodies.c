/* SPDX-License-Identifier: ISC */
#include "backends/keep-mail/bodies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backends/keep-mail/large.h"
#include "backends/keep-mail/table.h"
#include "pure/number.h"

enum { DIGEST = 32, TAIL = 24, PIECE = 65536 };
/* A body that was begun so many seconds ago is nobody's any more. */
enum { BEGUN_SECONDS = 3600 };
static const uint64_t octets_most = (uint64_t)1 << 32;
static const char begun[] = "new.";
/* How many octets are in mail/, or more. */
static const char total_file[] = "total";

/* DIGEST,OCTETS; false for any other name. */
static bool take_name(struct body *body, const char *name)
{
	if (strlen(name) >= sizeof(body->name) ||
	    strspn(name, "0123456789abcdef") != DIGEST || name[DIGEST] != ',' ||
	    !number_parse(name + DIGEST + 1, strlen(name + DIGEST + 1),
			  &body->octets))
		return false;
	memcpy(body->name, name, strlen(name) + 1);
	return true;
}

static bool add(struct bodies *bodies, const struct body *body)
{
	if (bodies->count == bodies->room) {
		const size_t room = bodies->room * 2 + 256;
		struct body *const more =
			realloc(bodies->bodies, room * sizeof(*more));

		if (more == NULL)
			return false;
		bodies->bodies = more;
		bodies->room = room;
	}
	bodies->bodies[bodies->count++] = *body;
	return true;
}

static DIR *open_folder(int folder, const char *name)
{
	const int fd = openat(folder, name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *const dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && dir == NULL)
		close(fd);
	return dir;
}

static bool looked_at(int fd, const struct body *body, struct stat *st)
{
	return fstatat(fd, body->name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* One in mail/. Shorter than its name says it is none: the power went. */
static bool take_body(struct body *body, int fd)
{
	struct stat st;

	if (!looked_at(fd, body, &st))
		return false;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size == body->octets)
		return true;
	unlinkat(fd, body->name, 0);
	return false;
}

/* One in size/, a link to no file but a number. */
static bool take_size(struct body *body, int fd, const char *name)
{
	char text[20];
	ssize_t n;

	if (strlen(name) != DIGEST)
		return false;
	memcpy(body->name, name, strlen(name) + 1);
	n = readlinkat(fd, name, text, sizeof(text));
	return n > 0 && number_parse(text, (size_t)n, &body->octets);
}

static int read_folder(struct bodies *bodies, int folder, bool here)
{
	DIR *const dir = open_folder(folder, here ? "mail" : "size");
	struct body body = { .here = here };
	struct dirent *file;
	int r = 0;

	if (dir == NULL)
		return -errno;
	while (r == 0 && (file = readdir(dir)) != NULL)
		if ((here ? take_name(&body, file->d_name) &&
				     take_body(&body, dirfd(dir))
			  : take_size(&body, dirfd(dir), file->d_name)) &&
		    !add(bodies, &body))
			r = -ENOMEM;
	closedir(dir);
	return r;
}

/* By name, and what is here first. */
static int compare(const void *a, const void *b)
{
	const struct body *const one = a;
	const struct body *const other = b;
	const int order = memcmp(one->name, other->name, DIGEST);

	return order != 0 ? order : (int)other->here - (int)one->here;
}

int bodies_read(struct bodies *bodies, int folder)
{
	int r;

	memset(bodies, 0, sizeof(*bodies));
	r = read_folder(bodies, folder, true);
	if (r == 0)
		r = read_folder(bodies, folder, false);
	if (bodies->count > 0)
		qsort(bodies->bodies, bodies->count, sizeof(*bodies->bodies),
		      compare);
	return r;
}

const struct body *bodies_find(struct bodies *bodies, const char *uid)
{
	size_t from = 0, to = bodies->count;
	char digest[DIGEST + 1];

	table_digest(uid, digest);
	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (memcmp(bodies->bodies[middle].name, digest, DIGEST) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == bodies->count ||
	    memcmp(bodies->bodies[from].name, digest, DIGEST) != 0)
		return NULL;
	bodies->bodies[from].wanted = true;
	return &bodies->bodies[from];
}

static void sweep_begun(int folder)
{
	DIR *const dir = open_folder(folder, "mail");
	struct dirent *file;
	struct stat st;

	while (dir != NULL && (file = readdir(dir)) != NULL)
		if ((strncmp(file->d_name, begun, strlen(begun)) == 0 ||
		     large_name(file->d_name)) &&
		    fstatat(dirfd(dir), file->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime < time(NULL) - BEGUN_SECONDS)
			unlinkat(dirfd(dir), file->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}

void bodies_sweep(const struct bodies *bodies, int folder)
{
	char path[8 + BODY_NAME];

	for (size_t i = 0; i < bodies->count; i++) {
		const struct body *const b = &bodies->bodies[i];

		if (b->wanted)
			continue;
		snprintf(path, sizeof(path), "%s/%s", b->here ? "mail" : "size",
			 b->name);
		unlinkat(folder, path, 0);
	}
	sweep_begun(folder);
}

/* With CRLF at each line's end; `last` is the octet before. */
static int write_lines(struct body_writer *w, const char *data, size_t len,
		       char *last)
{
	static char out[2 * PIECE];
	size_t n = 0, done = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' && *last != '\r')
			out[n++] = '\r';
		out[n++] = *last = data[i];
	}
	w->octets += n;
	if (w->octets > octets_most)
		return -EFBIG;
	while (done < n) {
		const ssize_t r = write(w->fd, out + done, n - done);

		if (r < 0 && errno != EINTR)
			return -errno;
		done += r < 0 ? 0 : (size_t)r;
	}
	return 0;
}

/* The number of the last line, and where that line begins; -1 if it is none. */
static int last_line(const char *data, size_t *len)
{
	size_t at = *len;
	uint64_t status;

	if (at == 0 || data[--at] != '\n')
		return -1;
	while (at > 0 && data[at - 1] >= '0' && data[at - 1] <= '9')
		at--;
	if (at < 2 || data[at - 1] != ' ' || data[at - 2] != '\n' ||
	    !number_parse(data + at, *len - 1 - at, &status) || status > 255)
		return -1;
	*len = at - 2;
	return (int)status;
}

static int copy(struct body_writer *w, FILE *from)
{
	static char data[PIECE];
	size_t held = 0, n;
	char last = '\n';
	int status, r;

	while ((n = fread(data + held, 1, sizeof(data) - held, from)) > 0) {
		held += n;
		if (held <= TAIL)
			continue;
		r = write_lines(w, data, held - TAIL, &last);
		if (r < 0)
			return r;
		memmove(data, data + held - TAIL, TAIL);
		held = TAIL;
	}
	if (ferror(from))
		return -EIO;
	status = last_line(data, &held);
	if (status != 0)
		return status < 0 ? -EPIPE : status;
	r = write_lines(w, data, held, &last);
	if (r == 0 && last != '\n')
		r = write_lines(w, "\n", 1, &last);
	return r;
}

int body_take(struct body_writer *w, int folder, FILE *from)
{
	int r;

	w->octets = 0;
	w->folder = openat(folder, "mail",
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->folder < 0)
		return -errno;
	/* Of this process alone, and of no earlier one of its number. */
	snprintf(w->temporary, sizeof(w->temporary), "%s%ld", begun,
		 (long)getpid());
	unlinkat(w->folder, w->temporary, 0);
	w->fd = openat(w->folder, w->temporary,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       0600);
	if (w->fd < 0)
		return -errno;
	r = copy(w, from);
	if (r == 0 && fdatasync(w->fd) < 0)
		r = -errno;
	close(w->fd);
	return r;
}

void body_drop(struct body_writer *w)
{
	unlinkat(w->folder, w->temporary, 0);
}

static uint64_t read_total(int folder)
{
	const int fd = openat(folder, total_file, O_RDONLY | O_CLOEXEC);
	char text[24];
	const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	uint64_t total = UINT64_MAX / 2;

	if (fd < 0 && errno == ENOENT)
		total = 0;
	if (fd >= 0)
		close(fd);
	/* What cannot be read is counted again. */
	if (n > 0)
		number_parse(text, (size_t)n, &total);
	return total;
}

static void write_total(int folder, uint64_t total)
{
	const int fd = openat(folder, total_file,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	dprintf(fd, "%" PRIu64, total);
	close(fd);
}

/* Of this body the size alone is known from now on. */
static void tell_size(int folder, const char *name, uint64_t octets)
{
	char path[8 + DIGEST + 1], text[24];

	snprintf(path, sizeof(path), "size/%.*s", (int)DIGEST, name);
	snprintf(text, sizeof(text), "%" PRIu64, octets);
	unlinkat(folder, path, 0);
	/* Where that fails it is asked for once more. */
	if (symlinkat(text, folder, path) < 0)
		return;
}

struct aged {
	time_t time;
	struct body body;
};

static int by_age(const void *a, const void *b)
{
	const struct aged *const one = a;
	const struct aged *const other = b;

	return (one->time > other->time) - (one->time < other->time);
}

/* Of the oldest ones the size alone stays, until all have `most` octets. */
static uint64_t make_room(int folder, int mail, uint64_t most)
{
	struct bodies all = { 0 };
	struct aged *aged;
	uint64_t total = 0;
	struct stat st;
	size_t n = 0;

	if (read_folder(&all, folder, true) < 0)
		return UINT64_MAX / 2;
	aged = calloc(all.count + 1, sizeof(*aged));
	for (size_t i = 0; aged != NULL && i < all.count; i++)
		if (looked_at(mail, &all.bodies[i], &st)) {
			aged[n].time = st.st_mtime;
			aged[n++].body = all.bodies[i];
			total += all.bodies[i].octets;
		}
	qsort(aged, n, sizeof(*aged), by_age);
	for (size_t i = 0; i < n && total > most; i++) {
		tell_size(folder, aged[i].body.name, aged[i].body.octets);
		unlinkat(mail, aged[i].body.name, 0);
		total -= aged[i].body.octets;
	}
	free(aged);
	free(all.bodies);
	return total;
}

/* Room first: then no crash leaves more than there may be. */
static void room_for(const struct body_writer *w, int folder, uint64_t most)
{
	uint64_t total = read_total(folder) + w->octets;

	if (total > most)
		total = make_room(folder, w->folder, most / 2) + w->octets;
	write_total(folder, total);
}

int body_keep(struct body_writer *w, int folder, const char *uid, uint64_t most,
	      char name[BODY_NAME])
{
	table_digest(uid, name);
	snprintf(name + DIGEST, BODY_NAME - DIGEST, ",%" PRIu64, w->octets);
	if (w->octets > most / 4) {
		tell_size(folder, name, w->octets);
		large_room(w->folder, w->octets, most);
		large_find(folder, uid, name);
	} else {
		room_for(w, folder, most);
	}
	return renameat(w->folder, w->temporary, w->folder, name) < 0 ? -errno
								      : 0;
}
