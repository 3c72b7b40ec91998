/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/extra.h"
#include "backends/kit/report.h"
#include "backends/kit/users.h"
#include "os/file.h"
#include "pure/password-field.h"
#include "pure/text.h"
#include "pure/wire.h"

/* The file on its way: the lines held, and which one is next. */
struct reader {
	int fd;
	unsigned long number; /* of the line given out last */
	size_t start;
	size_t end;
	bool overlong; /* in a line that did not fit */
	bool eof;
	size_t peak; /* of the data, how much was ever used */
	char data[USERS_LINE];
};

_Static_assert(sizeof(struct reader) <= ANSWER_ROOM, "it is in that room");

enum line_verdict {
	LINE_GIVEN,
	LINE_OVERLONG, /* its beginning is given */
	LINE_NONE, /* the end of the file */
	LINE_ERROR, /* errno tells */
};

/* Makes room and reads. Returns what read(2) does. */
static ssize_t fill(struct reader *reader)
{
	const ssize_t n =
		file_fill(reader->fd, reader->data, sizeof(reader->data),
			  &reader->start, &reader->end);

	if (reader->peak < reader->end)
		reader->peak = reader->end;
	if (n == 0)
		reader->eof = true;
	return n;
}

/* The last line needs no LF. A line that does not fit is given out once. */
static enum line_verdict next_line(struct reader *reader, const char **line,
				   size_t *len)
{
	for (;;) {
		const char *from = reader->data + reader->start;
		size_t held = reader->end - reader->start;
		const char *lf = memchr(from, '\n', held);
		const bool tail = reader->overlong;

		if (lf || reader->eof || held == sizeof(reader->data)) {
			*line = from;
			*len = lf ? (size_t)(lf - from) : held;
			reader->start += *len + (lf ? 1 : 0);
			reader->overlong = !lf && !reader->eof;
			if (!lf && !held)
				return LINE_NONE;
			if (tail)
				continue;
			reader->number++;
			return reader->overlong ? LINE_OVERLONG : LINE_GIVEN;
		}
		if (fill(reader) < 0)
			return LINE_ERROR;
	}
}

static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') ||
		    text[i] == 0x7f)
			return true;
	return false;
}

/* Why a line belongs to nobody, or NULL; *len becomes that of its name. */
static const char *find_name(const char *line, size_t *len)
{
	const char *colon = memchr(line, ':', *len);

	if (!colon)
		return "no colon: a line is user:password, and what may follow";
	*len = (size_t)(colon - line);
	for (size_t i = 0; i < *len; i++)
		if ((unsigned char)line[i] <= ' ' || line[i] == 0x7f)
			return "blank or control character in a user name";
	return NULL;
}

/* The next field, ended by NUL; at the end of the line the empty one. */
static const char *cut_field(char **rest)
{
	char *field = *rest;
	char *colon = strchr(field, ':');

	if (colon) {
		*colon = '\0';
		*rest = colon + 1;
	} else {
		*rest = field + strlen(field);
	}
	return field;
}

static void take_apart(struct user *user, unsigned long number,
		       const char *line, size_t len)
{
	char *rest = user->text;

	memcpy(user->text, line, len);
	user->text[len] = '\0';
	if (user->len < len)
		user->len = len;
	user->number = number;
	cut_field(&rest);
	user->password = cut_field(&rest);
	user->uid = cut_field(&rest);
	user->gid = cut_field(&rest);
	cut_field(&rest);
	user->home = cut_field(&rest);
	cut_field(&rest);
	user->extra = rest;
	user->mail = NULL;
}

/* What is said of a field. A name is no secret, but what is none may be. */
static const char *not_done(char why[160], const struct extra *extra)
{
	const size_t n = strspn(extra->refused, "abcdefghijklmnopqrstuvwxyz"
						"0123456789_");
	struct text text = { .data = why, .size = 159 };

	text_string(&text, "an extra field");
	if (n == extra->refused_len && n > 0 && n < 40) {
		text_string(&text, ", ");
		text_add(&text, extra->refused, n);
		text_string(&text, ",");
	}
	text_string(&text, " is not done here, or not with such a value: "
			   "maildir(8) has those that are");
	why[text.len] = '\0';
	return why;
}

/* The user's own line, with what is wrong with it or NULL. */
static enum users_verdict judge(const struct users_search *search,
				struct user *user, const char *wrong)
{
	const char *why = wrong;
	struct extra extra = { 0 };
	char room[160];

	if (!why && password_kind(user->password) == PASSWORD_NONE)
		return USERS_UNKNOWN;
	if (!why)
		extra_read(&extra, user->extra, search->client);
	if (extra.refused)
		why = not_done(room, &extra);
	user->mail = extra.mail;
	if (!why)
		return extra.out ? USERS_UNKNOWN : USERS_FOUND;
	report_line(search->path, user->number, why, search->name, search->len);
	return USERS_TROUBLE;
}

/* Takes the user's own line. Returns what is wrong with it, or NULL. */
static const char *take_own(struct user *user, unsigned long number,
			    const char *line, size_t len, bool overlong)
{
	user->number = number;
	if (overlong)
		return "line too long";
	if (has_control(line, len))
		return "control character";
	take_apart(user, number, line, len);
	return NULL;
}

/* Whether a line's name is this one in lower case. ASCII, as logins are. */
static bool lowered(const char *line, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const bool capital = name[i] >= 'A' && name[i] <= 'Z';

		if (line[i] != (capital ? name[i] - 'A' + 'a' : name[i]))
			return false;
	}
	return true;
}

/* Keeps the line if it is the first one that can stand in for another. */
static void note_first(const struct users_search *search, struct user *first,
		       unsigned long number, const char *line, size_t len)
{
	if (first->number || has_control(line, len))
		return;
	take_apart(first, number, line, len);
	if (!search->stands_in(first->password))
		first->number = 0;
}

static enum users_verdict read_all(struct reader *reader,
				   const struct users_search *search,
				   struct user *found, struct user *first)
{
	const char *const path = search->path;
	const size_t len = search->len;
	const char *name = search->name;
	enum users_verdict verdict = USERS_UNKNOWN;
	enum users_verdict own = USERS_UNKNOWN;
	enum line_verdict given;
	const char *wrong = NULL;
	bool held = false; /* `found` has the first line of the lowered name */
	const char *line;
	size_t line_len;

	while ((given = next_line(reader, &line, &line_len)) <= LINE_OVERLONG) {
		const bool overlong = given == LINE_OVERLONG;
		size_t name_len = line_len;
		const char *why;

		if (!line_len || *line == '#' || *line == ':')
			continue;
		why = find_name(line, &name_len);
		if (why) {
			report_line(path, reader->number, why, NULL, 0);
			verdict = USERS_TROUBLE;
			continue;
		}
		if (name && name_len == len && !memcmp(line, name, len)) {
			wrong = take_own(found, reader->number, line, line_len,
					 overlong);
			own = judge(search, found, wrong);
			if (own == USERS_TROUBLE ||
			    (own == USERS_FOUND && !search->whole))
				return own;
			/* Where nobody gets in by it, as unknown as any. */
			name = NULL;
			held = false;
		}
		if (!overlong)
			note_first(search, first, reader->number, line,
				   line_len);
		if (!name || held || name_len != len ||
		    !lowered(line, name, len))
			continue;
		wrong = take_own(found, reader->number, line, line_len,
				 overlong);
		held = true;
	}
	if (given == LINE_ERROR) {
		report_path(REPORT_ERROR, "users file cannot be read", path,
			    strlen(path), errno);
		return USERS_TROUBLE;
	}
	if (held)
		own = judge(search, found, wrong);
	return own != USERS_UNKNOWN ? own : verdict;
}

/* Opened, to be read to its end; -1 with errno. A pipe would have none. */
static int open_file(const char *path)
{
	const int fd = openat(AT_FDCWD, path,
			      O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return fd;
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	}
	close(fd);
	return -1;
}

enum users_verdict users_find(const struct users_search *search,
			      struct user *found, struct user *first)
{
	const char *const path = search->path;
	struct reader *const reader = answer_room();
	enum users_verdict verdict;

	memset(reader, 0, offsetof(struct reader, data));
	reader->fd = open_file(path);
	if (reader->fd < 0) {
		report_path(REPORT_ERROR, "users file cannot be opened", path,
			    strlen(path), errno);
		return USERS_TROUBLE;
	}
	verdict = read_all(reader, search, found, first);
	close(reader->fd);
	explicit_bzero(reader->data, reader->peak);
	return verdict;
}

void users_forget(struct user *user)
{
	explicit_bzero(user->text, user->len);
	user->len = 0;
	user->number = 0;
}

bool users_id(const char *text, unsigned int *id)
{
	unsigned long long sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		sum = sum * 10 + (unsigned long long)(*text - '0');
		if (sum >= 4294967295ULL)
			return false;
	}
	*id = (unsigned int)sum;
	return sum != 0;
}

bool users_name(const char *name, size_t len)
{
	const char *at = memchr(name, '@', len);
	size_t local = at ? (size_t)(at - name) : len;

	if (!wire_user_valid(name, len, false) ||
	    !wire_user_valid(name, local, false))
		return false;
	return !at || wire_user_valid(at + 1, len - local - 1, false);
}
