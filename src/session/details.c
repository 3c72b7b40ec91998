/* SPDX-License-Identifier: ISC */
#include "session/details.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/file.h"
#include "protocol/offers.h"
#include "pure/number.h"
#include "session/stream.h"

static bool equals(const struct wire_field *f, const char *text)
{
	return f->len == strlen(text) && memcmp(f->data, text, f->len) == 0;
}

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
	if (!equals(&l->field[0], "-") &&
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

/* `command NAME auth|trans|both [secret]` */
static const char *take_command(struct session *s, const struct wire_line *l)
{
	const struct wire_field *const name = &l->field[0];
	unsigned states;

	if (equals(&l->field[1], "auth"))
		states = AUTHORIZATION;
	else if (equals(&l->field[1], "trans"))
		states = TRANSACTION;
	else if (equals(&l->field[1], "both"))
		states = AUTHORIZATION | TRANSACTION;
	else
		return "command in no state";
	if (!wire_name_valid(name->data, name->len))
		return "command that cannot be claimed";
	if (l->field[2].data != NULL && !equals(&l->field[2], "secret"))
		return "unknown word after a command";
	if (!claims_add(&s->offers, name->data, name->len, states,
			l->field[2].data != NULL))
		return "too many commands";
	return NULL;
}

static bool printable(const struct wire_field *f)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->data[i] < ' ' || f->data[i] > '~')
			return false;
	return f->len > 0;
}

/* `capa LINE` */
static const char *take_capa(struct session *s, const struct wire_field *f)
{
	struct terms *const t = &s->terms;

	/* RFC 2449 section 5: a line of at most 512 octets; no lone dot. */
	if (!printable(f) || f->data[0] == '.' || f->data[0] == ' ' ||
	    f->len > LIMIT_RESPONSE - 2)
		return "no capability";
	if (t->capa_len + f->len + 2 > sizeof(s->offers.capa))
		return "too many capabilities";
	memcpy(s->offers.capa + t->capa_len, f->data, f->len);
	memcpy(s->offers.capa + t->capa_len + f->len, "\r\n", 2);
	t->capa_len += f->len + 2;
	return NULL;
}

/* `sasl MECH...`: RFC 4422 section 3.1 says what a name is. */
static const char *take_sasl(struct session *s, const struct wire_field *f)
{
	struct offers *const o = &s->offers;
	size_t length = 0;

	for (size_t i = 0; i < f->len; i++) {
		const char c = f->data[i];
		const bool letter = (c >= 'A' && c <= 'Z') ||
				    (c >= '0' && c <= '9') || c == '-' ||
				    c == '_';

		length = letter ? length + 1 : 0;
		if ((!letter && c != ' ') || length > LIMIT_MECHANISM)
			return "no mechanism";
	}
	if (f->len == 0 ||
	    o->mechanisms_len + f->len + 1 > sizeof(o->mechanisms))
		return "no mechanism, or too many";
	o->mechanisms[o->mechanisms_len] = ' ';
	memcpy(o->mechanisms + o->mechanisms_len + 1, f->data, f->len);
	o->mechanisms_len += f->len + 1;
	return NULL;
}

/* "300", "300 USER", "NEVER": RFC 2449 sections 6.5 and 6.7. */
static bool announceable(const struct wire_field *f, bool never)
{
	const char *const blank = memchr(f->data, ' ', f->len);
	const struct wire_field first = {
		f->data, blank != NULL ? (size_t)(blank - f->data) : f->len
	};
	const struct wire_field rest = { blank != NULL ? blank + 1 : "",
					 blank != NULL ? f->len - first.len - 1
						       : 0 };
	uint64_t n;

	return (number_parse(first.data, first.len, &n) ||
		(never && equals(&first, "NEVER"))) &&
	       (blank == NULL || equals(&rest, "USER"));
}

/* `option NAME VALUE` */
static const char *take_option(struct session *s, const struct wire_line *l)
{
	const struct wire_field *const name = &l->field[0];
	const struct wire_field *const value = &l->field[1];
	const bool delay = equals(name, "login-delay");
	char *const to = delay ? s->terms.login_delay : s->terms.expire;
	uint64_t seconds;

	if (equals(name, "timeout")) {
		if (!number_parse(value->data, value->len, &seconds) ||
		    seconds > 86400 * 7)
			return "no timeout";
		s->terms.idle_ms = (int64_t)seconds * 1000;
		return NULL;
	}
	if (equals(name, "goodbye")) {
		if (value->len >= sizeof(s->terms.goodbye))
			return "goodbye too long";
		memcpy(s->terms.goodbye, value->data, value->len);
		s->terms.goodbye[value->len] = '\0';
		return NULL;
	}
	if (!delay && !equals(name, "expire"))
		return "unknown option";
	if (!announceable(value, !delay) ||
	    value->len >= sizeof(s->terms.expire))
		return "option cannot be announced";
	memcpy(to, value->data, value->len);
	to[value->len] = '\0';
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
	case WIRE_COMMAND:
		return take_command(s, l);
	case WIRE_CAPA:
		return take_capa(s, &l->field[0]);
	case WIRE_SASL:
		return take_sasl(s, &l->field[0]);
	case WIRE_OPTION:
		return take_option(s, l);
	case WIRE_OFFER_APOP:
		s->offers.apop = true;
		return NULL;
	case WIRE_NO_PASSWORD:
		s->offers.no_password = true;
		return NULL;
	case WIRE_ANY_USER:
		s->offers.any_user = true;
		return NULL;
	default:
		return "line not allowed here";
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
