/* SPDX-License-Identifier: ISC */
/*
 * A backend that lets a program with the checkpassword interface of qmail's
 * author decide who may log in, and goes on as what that program runs.
 *
 * The checker is a child, for it ends where a password is wrong, and the
 * backend may not. Where it is right it becomes the user and runs us again,
 * as `checkpassword --granted NEXT...`. That sends the parent a word. Who sent
 * it the kernel tells: the user could trace that process, and would be believed
 * no other name.
 *
 * Nothing that the user could touch has an end of pop3-skel's pipes while
 * pop3-skel is root: it would say `become` with another's number. The child has
 * /dev/null and the log instead. The parent, root still, says who is to be
 * become, and waits for the next request: it comes from a pop3-skel that has
 * become the user. Only then the parent becomes the user too, and passes the
 * pipes on to the child, which goes on as NEXT; it stays to end as that ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "backends/checkpassword/grant.h"
#include "backends/kit/loop.h"

/* clang-format off */
static const char usage[] =
"Usage: checkpassword [OPTION]... PROGRAM [ARG]... [-- NEXT [ARG]...]\n"
"A backend of pop3-skel(8): logins by any program with the checkpassword\n"
"interface, mail by NEXT (default: maildir --serve Maildir, in the user's\n"
"home folder); see pop3-skel-checkpassword(8).\n"
"\n"
"  -l, --logins WAYS   password (default), apop or both\n"
"      --help          print this text\n"
"      --version       print the version\n";
/* clang-format on */

enum {
	/* The interface's own: all that a checker reads. */
	RECORD = 512,
	RECORD_FD = 3,
	/* Above both, so that they can be put in place. */
	SAFE_FD = 10,
	/* More than pop3-skel passes on. */
	WORDS = 264,
	/* For pop3-skel to become the user, and to ask on. */
	TURN_MS = 60000,
};

static const char temporary[] = "TEMP logins are not available\n";
static const char wrong[] = "ERR\n";

struct checker {
	const char *argv[WORDS]; /* NULL at its end */
	bool passwords, apop;
};

/* `checkpassword --granted NEXT [ARG]...`, run by the checker. */
_Noreturn static void granted(const char *const argv[])
{
	if (argv[0] == NULL || !grant_send()) {
		coprocess_log("the checker closed descriptor 4",
			      strerror(errno));
		_exit(COPROCESS_TROUBLE);
	}
	/* Where there are none the session is over, and the log says why. */
	if (!grant_take_pipes())
		_exit(COPROCESS_TROUBLE);
	coprocess_exec_alone(argv);
}

/* Some checkers look for the client where tcpserver would tell it. */
static void show_client(void)
{
	static const char *const names[][2] = {
		{ "POP3_REMOTE_ADDR", "TCPREMOTEIP" },
		{ "POP3_REMOTE_PORT", "TCPREMOTEPORT" },
		{ "POP3_LOCAL_ADDR", "TCPLOCALIP" },
		{ "POP3_LOCAL_PORT", "TCPLOCALPORT" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *const value = getenv(names[i][0]);

		if (value != NULL)
			setenv(names[i][1], value, 1);
	}
	setenv("PROTO", "TCP", 1);
}

/* Moves both away from the descriptors that have a meaning. */
static bool move(int ends[2])
{
	for (int i = 0; i < 2; i++) {
		const int low = ends[i];

		ends[i] = fcntl(low, F_DUPFD_CLOEXEC, SAFE_FD);
		close(low);
	}
	return ends[0] >= 0 && ends[1] >= 0;
}

static bool open_both(int records[2], int grants[2])
{
	return pipe(records) == 0 && move(records) && grant_open(grants) &&
	       move(grants);
}

/* What the checker reads there is nothing; what it writes is for the log. */
static bool hide_pipes(void)
{
	const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
	       dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

/* Starts the checker with the record; where its grant comes into *grant. */
static pid_t start(const struct checker *checker, const char *record,
		   size_t len, int *grant)
{
	int records[2], grants[2];
	pid_t pid;

	/* A pipe holds more than a record: nobody waits here. */
	if (!open_both(records, grants) ||
	    write(records[1], record, len) != (ssize_t)len)
		return -1;
	close(records[1]);
	/* TERM is for the child, with which we end. */
	signal(SIGTERM, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		if (!hide_pipes() || dup2(records[0], RECORD_FD) < 0 ||
		    dup2(grants[1], GRANT_FD) < 0)
			_exit(COPROCESS_TROUBLE);
		/* A checker may not think of root's. */
		if (geteuid() == 0 && setgroups(0, NULL) < 0)
			_exit(COPROCESS_TROUBLE);
		show_client();
		coprocess_exec(checker->argv);
	}
	close(records[0]);
	close(grants[1]);
	*grant = grants[0];
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* What the checker's end means, where it granted nothing. */
static const char *verdict(int status)
{
	char text[32];

	signal(SIGTERM, SIG_DFL);
	if (WIFEXITED(status)) {
		switch (WEXITSTATUS(status)) {
		case 1:
		case 3: /* vpopmail's word for the same */
			return wrong;
		case 0:
			coprocess_log("the checker", "ran no program");
			return temporary;
		case 2:
			coprocess_log("the checker", "says it was misused");
			return temporary;
		case 111:
			coprocess_log("the checker", "cannot tell now");
			return temporary;
		default:
			break;
		}
	}
	snprintf(text, sizeof(text), "ended with %s %d",
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	coprocess_log("the checker", text);
	return temporary;
}

/* Whether pop3-skel has become who it was told to, and asks on. */
static bool its_turn(void)
{
	struct pollfd requests = { STDIN_FILENO, POLLIN, 0 };
	int n;

	do
		n = poll(&requests, 1, TURN_MS);
	while (n < 0 && errno == EINTR);
	return n == 1 && (requests.revents & POLLIN) != 0;
}

/* The child serves. We are the same user, hold no pipe, and end with it. */
_Noreturn static void stay(pid_t pid)
{
	int status;

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	status = wait_for(pid);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : COPROCESS_TROUBLE);
}

/* The login is good; `who` is to be become, where we are root. */
_Noreturn static void go_on(int grant, pid_t pid, const struct ucred *who)
{
	bool turn;

	if (who != NULL)
		coprocess_say_become(who->uid, who->gid);
	else
		coprocess_say("OK\n");
	turn = its_turn();
	if (who != NULL)
		coprocess_become(who->uid, who->gid);
	if (!turn)
		close(grant);
	else if (!grant_pipes(grant))
		coprocess_log("the checker", "is gone after its grant");
	stay(pid);
}

/* A grant that is not taken: it ends there. */
static const char *refuse(int grant, pid_t pid, const char *why)
{
	coprocess_log("the checker", why);
	close(grant);
	kill(pid, SIGKILL);
	wait_for(pid);
	return temporary;
}

/* Asks the checker: returns where it did not grant. Overwrites the record. */
static const char *check(const struct checker *checker, char *record,
			 size_t len)
{
	const bool root = geteuid() == 0;
	struct ucred who;
	int grant;
	const pid_t pid = start(checker, record, len, &grant);

	explicit_bzero(record, len);
	if (pid < 0) {
		coprocess_log("the checker cannot be started", strerror(errno));
		_exit(COPROCESS_TROUBLE);
	}
	if (!grant_await(grant, pid, &who)) {
		if (errno == EPERM)
			return refuse(grant, pid,
				      "did not itself run what is granted");
		close(grant);
		return verdict(wait_for(pid));
	}
	if (root && (who.uid == 0 || who.gid == 0))
		return refuse(grant, pid, "made nobody but root of us");
	go_on(grant, pid, root ? &who : NULL);
}

/*
 * The three strings, each with its NUL; one that is too long is not right. The
 * secret is overwritten here, since we may stay as long as the session.
 */
static const char *ask(const struct checker *checker, const char *user,
		       char *secret, const char *timestamp)
{
	const char *const fields[] = { user, secret, timestamp };
	char record[RECORD];
	size_t len = 0;

	for (int i = 0; i < 3; i++) {
		const size_t n = strlen(fields[i]) + 1;

		if (n > sizeof(record) - len) {
			explicit_bzero(record, len);
			return wrong;
		}
		memcpy(record + len, fields[i], n);
		len += n;
	}
	explicit_bzero(secret, strlen(secret));
	return check(checker, record, len);
}

static const char *login(const struct checker *checker, char *rest)
{
	const char *const user = coprocess_field(&rest);
	char now[24];

	if (!checker->passwords || user == NULL)
		return "DEFAULT\n";
	snprintf(now, sizeof(now), "<%lld>", (long long)time(NULL));
	return ask(checker, user, rest, now);
}

static const char *apop(const struct checker *checker, char *rest)
{
	const char *const user = coprocess_field(&rest);
	char *const digest = coprocess_field(&rest);

	if (!checker->apop || user == NULL || digest == NULL)
		return "DEFAULT\n";
	return ask(checker, user, digest, rest);
}

static const char *answer(const struct checker *checker, char *request)
{
	char *rest = request;
	const char *const verb = coprocess_field(&rest);

	if (verb == NULL)
		return "DEFAULT\n";
	if (strcmp(verb, "login") == 0)
		return login(checker, rest);
	if (strcmp(verb, "apop") == 0)
		return apop(checker, rest);
	if (strcmp(verb, "hello") != 0)
		return "DEFAULT\n";
	if (!checker->apop)
		return "OK 1\n";
	return checker->passwords ? "apop\nOK 1\n"
				  : "apop\nno-password\nOK 1\n";
}

/* PROGRAM ARG... ourselves --granted NEXT ARG... */
static bool make_argv(struct checker *checker, int count,
		      const char *const *words)
{
	static const char *const maildir[] = { "maildir", "--serve", "Maildir",
					       NULL };
	static char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *const *next = maildir;
	int at = 0;

	if (n < 0 || count > WORDS - 6)
		return false;
	while (words[at] != NULL && strcmp(words[at], "--") != 0) {
		checker->argv[at] = words[at];
		at++;
	}
	if (words[at] != NULL && words[at + 1] != NULL)
		next = words + at + 1;
	checker->argv[at++] = self;
	checker->argv[at++] = "--granted";
	checker->argv[at++] = coprocess_path(*next++);
	while (*next != NULL)
		checker->argv[at++] = *next++;
	return true;
}

static void read_options(struct checker *checker, int argc, char **argv)
{
	static const struct option options[] = {
		{ "logins", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	checker->passwords = true;
	while ((option = getopt_long(argc, argv, "+l:", options, NULL)) >= 0) {
		switch (option) {
		case 'l':
			checker->passwords = strcmp(optarg, "apop") != 0;
			checker->apop = strcmp(optarg, "password") != 0;
			if (checker->passwords && checker->apop &&
			    strcmp(optarg, "both") != 0)
				exit(EX_USAGE);
			break;
		case 'h':
			coprocess_say(usage);
			exit(EX_OK);
		case 'v':
			coprocess_say("checkpassword (pop3-skel) " VERSION
				      "\n");
			exit(EX_OK);
		default:
			exit(EX_USAGE);
		}
	}
	if (optind == argc || strcmp(argv[optind], "--") == 0) {
		coprocess_log("usage", "which program is to be asked?");
		exit(EX_USAGE);
	}
	if (!make_argv(checker, argc - optind,
		       (const char *const *)argv + optind))
		exit(EX_OSERR);
}

int main(int argc, char **argv)
{
	static struct checker checker;
	char request[COPROCESS_REQUEST];

	coprocess_start("checkpassword");
	if (argc > 1 && strcmp(argv[1], "--granted") == 0)
		granted((const char *const *)argv + 2);
	read_options(&checker, argc, argv);
	while (coprocess_request(request)) {
		const char *const text = answer(&checker, request);

		explicit_bzero(request, sizeof(request));
		coprocess_say(text);
	}
	return EX_OK;
}
