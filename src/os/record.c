/* SPDX-License-Identifier: ISC */
#include "os/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/log.h"
#include "os/wait.h"
#include "pure/limit.h"

/* Lines that come in pieces. */
struct stream {
	char sign; /* that of the next piece of a line */
	size_t kept; /* of what comes now: a body, a list */
	size_t left_out;
	size_t held; /* of a line without its end */
	char hold[LIMIT_RECORD_PIECE];
};

struct record {
	int fd; /* -1: it has ended */
	int64_t since;
	size_t octets;
	struct stream stream[2];
	size_t len;
	char out[4 * LIMIT_RECORD_PIECE];
};

static const char *const names[] = { "client", "backend" };

bool record_on(const struct record *r)
{
	return r != NULL && r->fd >= 0;
}

static void note(const char *what, const char *error)
{
	struct log_line l;

	log_start(&l, LOG_PRIORITY_WARNING, "note");
	log_text(&l, "what", what);
	log_text(&l, "error", error);
	log_end(&l);
}

/* No more of it: the session goes on. */
static void give_up(struct record *r, const char *error)
{
	note("the record ends here", error);
	close(r->fd);
	r->fd = -1;
}

static void flush(struct record *r)
{
	size_t at = 0;

	while (r->fd >= 0 && at < r->len) {
		const ssize_t n = write(r->fd, r->out + at, r->len - at);

		if (n > 0)
			at += (size_t)n;
		else if (n == 0 || errno != EINTR)
			give_up(r, n == 0 ? "none" : strerror(errno));
	}
	r->octets += at;
	r->len = 0;
	if (r->fd >= 0 && r->octets > LIMIT_RECORD)
		give_up(r, "it is long enough");
}

/* Text as it is written, into .out, where there is always room for a LF. */
static void put(struct record *r, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (r->len + 5 > sizeof(r->out))
			flush(r);
		if (c >= ' ' && c < 0x7f && c != '\\') {
			r->out[r->len++] = (char)c;
			continue;
		}
		r->out[r->len++] = '\\';
		r->out[r->len++] = 'x';
		r->out[r->len++] = hex[c >> 4];
		r->out[r->len++] = hex[c & 15];
	}
}

/* One line of the file. */
static void write_line(struct record *r, const char *who, char sign,
		       const char *text, size_t len)
{
	const int64_t ms = io_now() - r->since;
	char head[64];
	const int n = snprintf(head, sizeof(head), "%lld.%03d %s %c%s",
			       (long long)ms / 1000, (int)(ms % 1000), who,
			       sign, len > 0 ? " " : "");

	if (r->fd < 0)
		return;
	put(r, head, (size_t)n);
	put(r, text, len);
	r->out[r->len++] = '\n';
	flush(r);
}

/* What is held of a line, as a line or a piece of one; `next`: of what follows. */
static void write_held(struct record *r, enum record_who who, char next)
{
	struct stream *const s = &r->stream[who];

	write_line(r, names[who], s->sign, s->hold, s->held);
	s->held = 0;
	s->sign = next;
}

/* What came in pieces is over. */
static void settle(struct record *r, enum record_who who)
{
	struct stream *const s = &r->stream[who];
	char text[64];

	if (s->held > 0)
		write_held(r, who, 0);
	if (s->left_out > 0) {
		const int n = snprintf(text, sizeof(text), "%zu octets more",
				       s->left_out);

		write_line(r, names[who], '~', text, (size_t)n);
	}
	s->kept = s->left_out = 0;
	s->sign = 0;
}

void record_line(struct record *r, enum record_who who, char sign,
		 const char *text, size_t len)
{
	if (!record_on(r))
		return;
	settle(r, who);
	write_line(r, names[who], sign, text, len);
}

static void add(struct record *r, enum record_who who, char sign, char octet)
{
	struct stream *const s = &r->stream[who];

	if (s->sign == 0)
		s->sign = sign;
	if (octet == '\n') {
		/* CRLF is how each line ends there. */
		if (who == RECORD_CLIENT && s->held > 0 &&
		    s->hold[s->held - 1] == '\r')
			s->held--;
		write_held(r, who, 0);
		return;
	}
	if (s->held == sizeof(s->hold))
		write_held(r, who, '+');
	s->hold[s->held++] = octet;
}

void record_data(struct record *r, enum record_who who, char sign,
		 const char *data, size_t n)
{
	struct stream *s;

	if (!record_on(r))
		return;
	s = &r->stream[who];
	for (size_t i = 0; i < n; i++) {
		if (s->kept == LIMIT_RECORD_BODY) {
			s->left_out += n - i;
			return;
		}
		s->kept++;
		add(r, who, sign, data[i]);
	}
}

/* A descriptor of the folder, or -1 with why not. */
static int open_folder(const char *path, const char **wrong)
{
	struct stat about;
	int fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		*wrong = strerror(errno);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &about) == 0 && about.st_uid == geteuid() &&
	    (about.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	*wrong = fd < 0 ? strerror(errno)
			: "not this user's, or others may write there";
	if (fd >= 0)
		close(fd);
	return -1;
}

const char *record_wrong(const char *folder)
{
	const char *wrong = NULL;
	const int fd = open_folder(folder, &wrong);

	if (fd < 0)
		return wrong;
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		wrong = strerror(errno);
	close(fd);
	return wrong;
}

/* Its name: when it began, so that they are in their order, and the id. */
static int open_file(int folder, const char *id, char when[32])
{
	const time_t now = time(NULL);
	struct tm utc;
	char name[64];

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(when, 32, "%Y%m%dT%H%M%SZ", &utc) == 0)
		snprintf(when, 32, "%lld", (long long)now);
	snprintf(name, sizeof(name), "%s-%s", when, id);
	return openat(folder, name,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
}

struct record *record_start(const char *folder, const char *id,
			    const char *backend)
{
	const char *wrong = NULL;
	const int at = open_folder(folder, &wrong);
	struct record *r = NULL;
	char when[32];
	int fd = -1;

	if (at >= 0) {
		fd = open_file(at, id, when);
		r = fd >= 0 ? calloc(1, sizeof(*r)) : NULL;
		if (r == NULL)
			wrong = strerror(errno);
		close(at);
	}
	if (r == NULL) {
		note("there is no record", wrong);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	r->fd = fd;
	r->since = io_now();
	put(r, "pop3-skel record 1 ", 19);
	put(r, when, strlen(when));
	put(r, " ", 1);
	put(r, id, strlen(id));
	put(r, " ", 1);
	put(r, backend, strlen(backend));
	r->out[r->len++] = '\n';
	flush(r);
	return r;
}

void record_end(struct record *r, const char *why)
{
	if (record_on(r)) {
		settle(r, RECORD_BACKEND);
		settle(r, RECORD_CLIENT);
		write_line(r, "session", '.', why, strlen(why));
	}
	if (record_on(r))
		close(r->fd);
	free(r);
}
