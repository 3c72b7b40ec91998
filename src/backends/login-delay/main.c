/* SPDX-License-Identifier: ISC */
/*
 * login-delay SECONDS FOLDER BACKEND [ARG]...: stands before another backend and
 * enforces LOGIN-DELAY (RFC 2449): so many seconds lie between two logins of one
 * user, whose last one is a file in FOLDER. See pop3-skel-login-delay(8).
 *
 * It reads along until the login: each answer is held until its result, for a
 * login that comes too early is answered otherwise. After it, octets are carried
 * both ways as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/loop.h"
#include "backends/kit/next.h"
#include "backends/kit/report.h"
#include "backends/login-delay/times.h"
#include "os/process.h"

/* clang-format off */
static const char usage[] =
"Usage: login-delay SECONDS FOLDER BACKEND [ARG]...\n"
"A backend of pop3-skel(8) that stands before another: so many seconds lie\n"
"between two logins of a user; see pop3-skel-login-delay(8).\n"
"\n"
"  --help     print this text\n"
"  --version  print the version\n";
/* clang-format on */

enum {
	/* More details than pop3-skel takes to a login. */
	HELD = 131072,
	PIECE = 65536,
};

struct delay {
	const char *folder;
	long long seconds;
	pid_t backend;
	int to, from; /* its ends of the pipes */
	char known[LIMIT_USER + 1]; /* the last `user` of a good answer */
	/* The answer at hand. */
	size_t details, held; /* octets of the details; of all */
	size_t result; /* of the result, without its LF */
	bool entered; /* state trans */
	bool passing; /* no login: details have gone already */
	bool in_line; /* ... and the start of a `|` line */
	char user[LIMIT_USER + 1];
	char text[HELD];
};

_Noreturn static void give_up(const char *what, const char *about)
{
	report_plain(what, about);
	exit(EX_TEMPFAIL);
}

/* The words that we were started with make no sense. */
_Noreturn static void refuse(const char *what, const char *about)
{
	report_plain(what, about);
	exit(EX_USAGE);
}

/* As the backend ends, for that is what is known of us. */
_Noreturn static void end(struct delay *d)
{
	int status;

	close(d->to);
	close(d->from);
	status = process_wait(d->backend);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_TEMPFAIL);
}

static void start(struct delay *d, char **argv)
{
	struct process_way way;
	int in[2], out[2], error;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		give_up("no pipes", strerror(errno));
	way = (struct process_way){ .from = { in[0], out[1], STDERR_FILENO } };
	sigemptyset(&way.defaults);
	error = process_spawn(&d->backend, argv, environ, &way);
	if (error < 0) {
		next_failed(argv[0], -error);
		exit(EX_TEMPFAIL);
	}
	close(in[0]);
	close(out[1]);
	/* That nobody reads is an end, with a status. */
	signal(SIGPIPE, SIG_IGN);
	d->to = in[1];
	d->from = out[0];
}

static bool begins(const char *line, size_t len, const char *word)
{
	const size_t n = strlen(word);

	return len >= n && memcmp(line, word, n) == 0;
}

/* Whether it is this word, alone or with a blank behind. */
static bool is_word(const char *line, size_t len, const char *word)
{
	const size_t n = strlen(word);

	return begins(line, len, word) && (len == n || line[n] == ' ');
}

static bool is_result(const char *line, size_t len)
{
	return is_word(line, len, "OK") || is_word(line, len, "ERR") ||
	       is_word(line, len, "TEMP") || is_word(line, len, "MORE") ||
	       (len == 7 && begins(line, len, "DEFAULT"));
}

/* The first octets that are held go on, and are forgotten. */
static void pass(struct delay *d, size_t len)
{
	answer_write(STDOUT_FILENO, d->text, len);
	d->held -= len;
	memmove(d->text, d->text + len, d->held);
	explicit_bzero(d->text + d->held, len);
	d->details = 0;
}

/* One line, behind the details, without its LF. True where it is the result. */
static bool take_line(struct delay *d, size_t len)
{
	const char *const line = d->text + d->details;

	if (is_result(line, len))
		return true;
	/* A body: no login has one, and its lines are not to wait. */
	if (line[0] == '|' || is_word(line, len, "body"))
		d->passing = true;
	if (begins(line, len, "user ") && len - 5 <= LIMIT_USER) {
		memcpy(d->user, line + 5, len - 5);
		d->user[len - 5] = '\0';
	} else if (len == 11 && begins(line, len, "state trans")) {
		d->entered = true;
	} else if (begins(line, len, "wait ")) {
		/* Its time begins now. */
		answer_write(STDOUT_FILENO, line, len + 1);
		d->held -= len + 1;
		memmove(d->text + d->details, line + len + 1,
			d->held - d->details);
		return false;
	}
	d->details += len + 1;
	return false;
}

static void read_more(struct delay *d)
{
	ssize_t n;

	if (d->held == sizeof(d->text)) {
		d->passing = true;
		d->in_line = d->details == 0;
		if (d->in_line && d->text[0] != '|')
			give_up("the backend", "writes a line without end");
		pass(d, d->in_line ? d->held : d->details);
	}
	do
		n = read(d->from, d->text + d->held, sizeof(d->text) - d->held);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		pass(d, d->held);
		report_plain("the backend", "has ended");
		end(d);
	}
	d->held += (size_t)n;
}

/*
 * Reads a whole answer: its details, then its result. What no login can be has
 * been passed on meanwhile.
 */
static void read_answer(struct delay *d)
{
	d->user[0] = '\0';
	d->entered = d->passing = d->in_line = false;
	for (;;) {
		const char *const line = d->text + d->details;
		const char *const lf = memchr(line, '\n', d->held - d->details);

		if (d->in_line) {
			pass(d, lf != NULL ? (size_t)(lf + 1 - line) : d->held);
			d->in_line = lf == NULL;
		} else if (lf != NULL) {
			d->result = (size_t)(lf - line);
			if (take_line(d, d->result))
				return;
			if (d->passing)
				pass(d, d->details);
			continue;
		}
		if (lf == NULL)
			read_more(d);
	}
}

/* Whether the answer at hand is OK. */
static bool good(const struct delay *d)
{
	return is_word(d->text + d->details, d->result, "OK");
}

/* The result is another: no details, and the end of the session. */
static void instead(struct delay *d, const char *result)
{
	d->held = (size_t)snprintf(d->text, sizeof(d->text), "close\n%s\n",
				   result);
	d->details = 0;
}

/* A good login: noted, or too early. */
static bool judge(struct delay *d, const char *user)
{
	char text[64];
	long long left;

	switch (times_note(d->folder, user, d->seconds, &left)) {
	case TIMES_NOTED:
		return true;
	case TIMES_EARLY:
		snprintf(text, sizeof(text),
			 "ERR [LOGIN-DELAY] try again in %lld s", left);
		instead(d, text);
		return false;
	case TIMES_NO_NAME:
		instead(d, "TEMP no logins under this name");
		return false;
	default:
		report_path(REPORT_ERROR, "a login cannot be noted", d->folder,
			    strlen(d->folder), errno);
		instead(d, "TEMP the login cannot be noted");
		return false;
	}
}

/* Whose login the answer to this request is; NULL where it is none. */
static const char *logged_in(struct delay *d, char *request)
{
	static const char *const verbs[] = { "login ", "apop ", "token ",
					     "auth ", "more " };
	const size_t len = strlen(request);
	char *name;

	if (!good(d))
		return NULL;
	/* A claimed command may enter with the name of an earlier answer. */
	if (d->user[0] != '\0')
		memcpy(d->known, d->user, sizeof(d->known));
	if (d->entered)
		return d->known;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!begins(request, len, verbs[i]))
			continue;
		if (d->user[0] != '\0' || i > 2)
			return d->user;
		name = request + strlen(verbs[i]);
		name[strcspn(name, " ")] = '\0';
		return name;
	}
	return NULL;
}

/* hello announces it: one more detail, before the result. */
static void announce(struct delay *d)
{
	char text[64];
	const size_t n =
		(size_t)snprintf(text, sizeof(text),
				 "option login-delay %lld\n", d->seconds);

	if (d->held + n > sizeof(d->text))
		return;
	memmove(d->text + d->details + n, d->text + d->details,
		d->held - d->details);
	memcpy(d->text + d->details, text, n);
	d->held += n;
}

/* One request and its answer. True where somebody is logged in. */
static bool turn(struct delay *d, struct requests *r)
{
	char *const request = r->data;
	const char *user;
	bool in = false;

	request[r->len] = '\n';
	answer_write(d->to, request, r->len + 1);
	request[r->len] = '\0';
	read_answer(d);
	user = logged_in(d, request);
	if (user != NULL && d->passing)
		give_up("the backend", "answers a login with a body");
	if (user != NULL)
		in = judge(d, user);
	else if (is_word(request, r->len, "hello") && good(d))
		announce(d);
	explicit_bzero(request, r->len);
	pass(d, d->held);
	return in;
}

/* What one has, as it is, to the other. False at the end. */
static bool carry(int from, int to)
{
	static char piece[PIECE];
	ssize_t n;

	do
		n = read(from, piece, sizeof(piece));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		answer_write(to, piece, (size_t)n);
	return n > 0;
}

/* Both ways, until the backend ends; `login`: until somebody is logged in. */
static void serve(struct delay *d, bool login)
{
	static struct requests requests;
	struct pollfd both[] = { { STDIN_FILENO, POLLIN, 0 },
				 { d->from, POLLIN, 0 } };

	for (;;) {
		if (poll(both, 2, -1) < 0)
			continue;
		if (both[1].revents != 0 && !carry(d->from, STDOUT_FILENO))
			end(d);
		if (both[0].revents == 0)
			continue;
		if (login ? request_read(&requests) != REQUEST_READ
			  : !carry(STDIN_FILENO, d->to)) {
			close(d->to);
			both[0].fd = -1;
		} else if (login && turn(d, &requests)) {
			return;
		}
	}
}

/* A whole number of at most eight digits. */
static bool read_seconds(struct delay *d, const char *text)
{
	const size_t n = strspn(text, "0123456789");

	d->seconds = strtoll(text, NULL, 10);
	return n > 0 && n <= 8 && text[n] == '\0' && (n == 1 || text[0] != '0');
}

int main(int argc, char **argv)
{
	static struct delay d;

	kit_start("login-delay");
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		answer_and_exit(usage);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		answer_and_exit("login-delay (pop3-skel) " VERSION "\n");
	if (argc < 4)
		refuse("usage", "login-delay SECONDS FOLDER BACKEND [ARG]...");
	if (!read_seconds(&d, argv[1]))
		refuse("not a number of seconds", argv[1]);
	d.folder = argv[2];
	if (strlen(d.folder) >= 4096)
		refuse("the path is too long", d.folder);
	/* `become` makes a user of pop3-skel and of the backend, but not of us. */
	if (geteuid() == 0)
		give_up("not as root", "it would stay root");
	argv[3] = (char *)next_path(argv[3]);
	start(&d, argv + 3);
	serve(&d, true);
	serve(&d, false);
}
