/* SPDX-License-Identifier: ISC */
#include "os/log.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "pure/number.h"

/* Set once by log_open. */
static enum log_target target = LOG_TO_NONE;
static const char *session;
static bool terminal, a_socket, a_file; /* descriptor 2 is one */
/* Whom the lines are about. */
static const char *peer = "";
static char who[LIMIT_USER];
static size_t who_len;
/* What the session's lines are about; a kind without a name is free. */
static struct log_kind {
	char what[LIMIT_LOG_KIND];
	uint64_t last; /* a hash of the last line */
	uint64_t written, left_out;
} kinds[LIMIT_LOG_KINDS];
/* The line on its way: on the stack it would be a page more for each caller. */
static char text[LIMIT_LOG_LINE];
/* Connected to /dev/log by the first line; -1 where it is not. */
static int daemon_socket = -1;

/* Whether descriptor 2 is the client's: the same thing as 0 or 1. */
static bool stderr_is_client(void)
{
	struct stat log, client;

	if (fstat(STDERR_FILENO, &log) < 0)
		return true;
	a_socket = S_ISSOCK(log.st_mode);
	a_file = S_ISREG(log.st_mode);
	terminal = S_ISCHR(log.st_mode) && isatty(STDERR_FILENO);
	/* Such as /dev/null: nobody's connection. */
	if (S_ISCHR(log.st_mode))
		return false;
	for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++)
		if (fstat(fd, &client) == 0 && client.st_dev == log.st_dev &&
		    client.st_ino == log.st_ino)
			return true;
	return false;
}

enum log_target log_open(enum log_target wanted, const char *id, bool closed)
{
	session = id;
	target = wanted;
	if (wanted == LOG_TO_AUTO || wanted == LOG_TO_STDERR)
		target = closed || stderr_is_client() ? LOG_TO_SYSLOG
						      : LOG_TO_STDERR;
	return target;
}

void log_user(const char *user, size_t len)
{
	who_len = len < sizeof(who) ? len : sizeof(who);
	if (who_len > 0)
		memcpy(who, user, who_len);
}

void log_address(const char *address)
{
	peer = address;
}

static void put(struct log_line *l, const char *data, size_t n)
{
	/* One octet stays for the LF. */
	const size_t room = LIMIT_LOG_LINE - 1 - l->len;

	if (n > room)
		n = room;
	memcpy(l->data + l->len, data, n);
	l->len += n;
}

void log_start(struct log_line *l, enum log_priority priority,
	       const char *event)
{
	char mark[] = "<0>";

	l->priority = priority;
	l->each = false;
	l->kind = NULL;
	l->len = 0;
	l->data = text;
	if (target == LOG_TO_STDERR && !terminal) {
		mark[1] = (char)('0' + priority);
		put(l, mark, 3);
	}
	put(l, event, strlen(event));
	if (session != NULL)
		log_text(l, "session", session);
	if (who_len > 0)
		log_octets(l, "user", who, who_len);
	if (peer[0] != '\0')
		log_text(l, "address", peer);
}

static bool plain(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (value[i] <= ' ' || value[i] > '~' || value[i] == '"' ||
		    value[i] == '=' || value[i] == '\\')
			return false;
	return len > 0;
}

void log_octets(struct log_line *l, const char *key, const char *value,
		size_t len)
{
	static const char hex[] = "0123456789abcdef";

	size_t end;

	put(l, " ", 1);
	put(l, key, strlen(key));
	put(l, "=", 1);
	if (plain(value, len)) {
		put(l, value, len < LIMIT_LOG_VALUE ? len : LIMIT_LOG_VALUE);
		return;
	}
	put(l, "\"", 1);
	end = l->len + LIMIT_LOG_VALUE;
	for (size_t i = 0; i < len && l->len + 4 <= end; i++) {
		const unsigned char c = (unsigned char)value[i];
		const char escaped[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

		if (c == '"' || c == '\\') {
			put(l, "\\", 1);
			put(l, value + i, 1);
		} else if (c >= ' ' && c <= '~') {
			put(l, value + i, 1);
		} else {
			put(l, escaped, 4);
		}
	}
	put(l, "\"", 1);
}

/* The kind of this name, as far as it is kept; the last has what is left. */
static struct log_kind *find_kind(const char *what)
{
	struct log_kind *k = kinds;

	while (k->what[0] != '\0' &&
	       strncmp(k->what, what, sizeof(k->what) - 1) != 0 &&
	       k < kinds + LIMIT_LOG_KINDS - 1)
		k++;
	if (k->what[0] == '\0')
		strncpy(k->what, what, sizeof(k->what) - 1);
	return k;
}

void log_text(struct log_line *l, const char *key, const char *value)
{
	if (session != NULL && l->kind == NULL &&
	    (strcmp(key, "what") == 0 || strcmp(key, "why") == 0))
		l->kind = find_kind(value);
	log_octets(l, key, value, strlen(value));
}

void log_number(struct log_line *l, const char *key, uint64_t value)
{
	char digits[20];

	log_octets(l, key, digits, number_print(value, digits));
}

/*
 * Never waits: a log that nobody empties must not hold a session up. Sockets
 * (the journal's) are told so, and a file takes what it is given. POLLOUT promises
 * PIPE_BUF octets of a pipe, more than a line has, but one of a terminal.
 */
static void to_stderr(const struct log_line *l)
{
	struct pollfd ready = { STDERR_FILENO, POLLOUT, 0 };
	const size_t most = terminal ? LIMIT_TERMINAL_WRITE : l->len;

	if (a_socket)
		send(STDERR_FILENO, l->data, l->len,
		     MSG_DONTWAIT | MSG_NOSIGNAL);
	for (size_t at = 0; !a_socket && at < l->len; at += most) {
		/* It fails under RLIMIT_NOFILE=0, and that is to be told. */
		const int n = a_file ? -1 : poll(&ready, 1, 0);

		if (n == 0 || (n > 0 && (ready.revents & POLLOUT) == 0) ||
		    write(STDERR_FILENO, l->data + at, most) < 0)
			return; /* There is nobody left to tell. */
	}
}

static bool connect_daemon(void)
{
	const struct sockaddr_un address = { AF_UNIX, _PATH_LOG };

	if (daemon_socket < 0)
		daemon_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return connect(daemon_socket, (const struct sockaddr *)&address,
		       sizeof(address)) == 0;
}

/* What syslog(3) writes; but that would wait for a full /dev/log. */
static void to_syslog(const struct log_line *l)
{
	char line[96 + LIMIT_LOG_LINE], date[20] = "";
	const time_t now = time(NULL);
	struct tm local;
	int n;

	if (localtime_r(&now, &local) != NULL)
		strftime(date, sizeof(date), "%b %e %T", &local);
	n = snprintf(line, sizeof(line), "<%d>%s %.32s[%d]: %.*s",
		     LOG_MAIL | (int)l->priority, date,
		     program_invocation_short_name, (int)getpid(), (int)l->len,
		     l->data);
	/* At first, and where the daemon was started anew: connect. */
	for (int tries = 0; tries < 2; tries++)
		if (send(daemon_socket, line, (size_t)n,
			 MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
		    errno == EAGAIN || !connect_daemon())
			return;
}

/* Whether such a line has been written often enough. */
static bool comes_again(const struct log_line *l)
{
	struct log_kind *const k = l->kind;
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < l->len; i++)
		hash = (hash ^ (unsigned char)l->data[i]) *
		       UINT64_C(1099511628211);
	if (k->written == LIMIT_LOG_ALIKE ||
	    (k->written > 0 && hash == k->last)) {
		k->left_out++;
		return true;
	}
	k->last = hash;
	k->written++;
	return false;
}

bool log_left_out(unsigned *at, const char **what, uint64_t *count)
{
	/* To the first that is free: most sessions have none. */
	while (*at < LIMIT_LOG_KINDS && kinds[*at].what[0] != '\0' &&
	       kinds[*at].left_out == 0)
		++*at;
	if (*at == LIMIT_LOG_KINDS || kinds[*at].what[0] == '\0')
		return false;
	*what = kinds[*at].what;
	*count = kinds[*at].left_out;
	++*at;
	return true;
}

void log_end(struct log_line *l)
{
	if (l->kind != NULL && !l->each && comes_again(l))
		return;
	if (target == LOG_TO_STDERR) {
		l->data[l->len++] = '\n';
		to_stderr(l);
	} else if (target == LOG_TO_SYSLOG) {
		to_syslog(l);
	}
}

void log_once(bool *said, const char *event, const char *key, const char *value)
{
	struct log_line l;

	if (*said)
		return;
	*said = true;
	log_start(&l, LOG_PRIORITY_NOTICE, event);
	log_text(&l, key, value);
	log_end(&l);
}

void log_trace(const char *with, char dir, const char *said, size_t len)
{
	char line[LIMIT_LOG_LINE] = { dir, ' ' };
	struct log_line l;

	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	memcpy(line + 2, said, len);
	log_start(&l, LOG_PRIORITY_DEBUG, "trace");
	log_octets(&l, with, line, len + 2);
	log_end(&l);
}
