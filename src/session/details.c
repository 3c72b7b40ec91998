/* SPDX-License-Identifier: ISC */
#include "session/details.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/file.h"
#include "pure/number.h"
#include "session/stream.h"

/*
 * What is wrong with the last field of a msg line that is no path: a unique-id
 * with a blank has taken its place.
 */
static const char *no_path(const struct wire_field *path)
{
	if (memmem(path->data, path->len, " /", 2) != NULL)
		return "a unique-id with a blank";
	return memchr(path->data, '/', path->len) != NULL
		       ? "path not absolute"
		       : "a unique-id with a blank, or path not absolute";
}

/* `msg SIZE UID [PATH]` */
static const char *take_msg(struct session *s, const struct wire_line *l)
{
	uint64_t octets = OCTETS_UNKNOWN;

	/* So that a sum of a million of them cannot overflow. */
	if (!wire_is(&l->field[0], "-") &&
	    (!number_parse(l->field[0].data, l->field[0].len, &octets) ||
	     octets >> 43 != 0))
		return "size is no number of octets";
	/* They could never stand in a request. */
	if (wire_has_control(&l->field[1]))
		return "control character in a unique-id";
	if (wire_has_control(&l->field[2]))
		return "control character in a path";
	if (l->field[2].len > 0 && l->field[2].data[0] != '/')
		return no_path(&l->field[2]);
	return maildrop_add(&s->drop, octets, l->field[1].data, l->field[1].len,
			    l->field[2].data, l->field[2].len);
}

/* Whether a file is one that the session has locked before. */
static bool locked_by_us(const struct session *s, const char *path)
{
	for (unsigned i = 0; i < s->lock_count; i++)
		if (file_is(s->locks[i], path))
			return true;
	return false;
}

/*
 * A lock that is another's: waited for, since that one may be ending just now.
 * The backend's deadline stands still meanwhile. As file_lock, or -ECANCELED
 * where the session is over.
 */
static int wait_lock(struct session *s, const char *path)
{
	struct io *const io = &s->io;
	const int64_t since = io_now(), backend_at = io->backend_at;
	const int64_t until = since + (int64_t)s->options->lock_wait * 1000;
	int fd = -EWOULDBLOCK;

	io->backend_at = 0;
	while (fd == -EWOULDBLOCK && io_now() < until) {
		unsigned events;

		io->pause_at = io_now() + LIMIT_LOCK_TRY_MS;
		events = io_wait(io, IO_GONE);
		io->gone |= (events & IO_GONE) != 0;
		if (events & IO_CHILD)
			process_exited(&s->backend.child);
		fd = (events & (IO_TERM | IO_LOGIN | IO_GONE)) != 0
			     ? -ECANCELED
			     : file_lock(path);
	}
	io->pause_at = 0;
	if (backend_at > 0)
		io->backend_at = backend_at + (io_now() - since);
	return fd;
}

/* `lock PATH`: taken from the moment the line is read. */
static const char *take_lock(struct session *s, enum wire_verb verb,
			     const struct wire_field *f)
{
	char path[LIMIT_PATH];
	int fd;

	if (verb == WIRE_HELLO && s->options->preauth == NULL)
		return "line not allowed here";
	if (verb == WIRE_LIST && s->drop.count > 0)
		return "lock after the first msg";
	if (f->len == 0 || f->data[0] != '/')
		return "path not absolute";
	if (f->len >= sizeof(path))
		return "path too long";
	/* Else root would make a file wherever it is told to. */
	if (session_root(s))
		return "lock before become";
	if (s->lock_count == LIMIT_LOCKS)
		return "too many locks";
	memcpy(path, f->data, f->len);
	path[f->len] = '\0';
	fd = file_lock(path);
	if (fd == -EWOULDBLOCK && locked_by_us(s, path))
		return NULL;
	/* The messages of a list would be of before the wait. */
	if (fd == -EWOULDBLOCK && verb != WIRE_LIST)
		fd = wait_lock(s, path);
	if (fd == -EWOULDBLOCK)
		return backend_busy;
	if (fd == -ECANCELED)
		return backend_over;
	if (fd < 0)
		return "cannot lock";
	s->locks[s->lock_count++] = fd;
	return NULL;
}

/*
 * `become UID GID`: taken only while we are root, and once. Groups, gid and uid
 * go for good, before the list and any open.
 */
static const char *take_become(struct session *s, const struct wire_line *l)
{
	uint64_t uid, gid;
	gid_t group;

	if (!number_parse(l->field[0].data, l->field[0].len, &uid) ||
	    !number_parse(l->field[1].data, l->field[1].len, &gid) ||
	    uid == 0 || gid == 0 || uid >= UINT32_MAX || gid >= UINT32_MAX)
		return "become nobody who may be";
	if (s->became)
		return "a second become";
	if (geteuid() != 0)
		return NULL;
	if (uid < s->options->become_uid || gid < s->options->become_gid)
		return "become below --become-min";
	if (s->lock_count > 0)
		return "lock before become";
	group = (gid_t)gid;
	if (setgroups(1, &group) < 0 || setresgid(group, group, group) < 0 ||
	    setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0 || setuid(0) == 0)
		return "cannot become";
	/* As in main.c, whatever fs.suid_dumpable makes of a new user. */
	prctl(PR_SET_DUMPABLE, 0);
	s->became = true;
	return NULL;
}

const char *details_take(void *arg, enum wire_verb verb,
			 const struct wire_line *l)
{
	struct session *const s = arg;

	switch (l->word) {
	case WIRE_MSG:
		return take_msg(s, l);
	case WIRE_LOCK:
		return take_lock(s, verb, &l->field[0]);
	case WIRE_BECOME:
		return take_become(s, l);
	default:
		return offers_take(&s->offers, &s->terms, l);
	}
}

void details_body(void *arg, const char *data, size_t n)
{
	stream_take(arg, data, n);
}

void details_unlock(struct session *s, unsigned keep)
{
	while (s->lock_count > keep)
		close(s->locks[--s->lock_count]);
}

void details_settle(struct session *s)
{
	s->io.idle_ms = s->terms.idle_ms;
	io_active(&s->io);
}
