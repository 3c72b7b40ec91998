/* SPDX-License-Identifier: ISC */
#include "backends/checkpassword/checker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/checkpassword/grant.h"
#include "backends/kit/answer.h"
#include "backends/kit/next.h"
#include "backends/kit/report.h"
#include "backends/kit/rights.h"
#include "os/become.h"
#include "os/process.h"
#include "os/program.h"
#include "pure/text.h"

enum {
	/* The interface's own: all that a checker reads. */
	RECORD = 512,
	RECORD_FD = 3,
	/* Above both, so that they can be put in place. */
	SAFE_FD = 10,
	/* For pop3-skel to become the user, and to ask on. */
	TURN_MS = 60000,
};

static const char temporary[] = "TEMP logins are not available\n";
static const char wrong[] = "ERR\n";

void checker_granted(const char *const argv[])
{
	char path[LIMIT_PATH];

	/* Where it does not open there is nothing to be locked. */
	if (!answer_lockable(CHECKER_MAILDIR, path))
		path[0] = '\0';
	if (argv[0] == NULL || !grant_send(path)) {
		report_plain("the checker closed descriptor 4",
			     strerror(errno));
		_exit(EX_TEMPFAIL);
	}
	/* Where there are none the session is over, and the log says why. */
	if (!grant_take_pipes())
		_exit(EX_TEMPFAIL);
	next_exec_alone(argv);
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
			_exit(EX_TEMPFAIL);
		/* A checker may not think of root's. */
		if (geteuid() == 0 && !become_without_groups()) {
			rights_lost();
			_exit(EX_TEMPFAIL);
		}
		show_client();
		next_exec(checker->argv);
	}
	close(records[0]);
	close(grants[1]);
	*grant = grants[0];
	return pid;
}

/* What the checker's end means, where it granted nothing. */
static const char *verdict(int status)
{
	char data[32];
	struct text text = { .data = data, .size = sizeof(data) };

	signal(SIGTERM, SIG_DFL);
	if (WIFEXITED(status)) {
		switch (WEXITSTATUS(status)) {
		case 1:
		case 3: /* vpopmail's word for the same */
			return wrong;
		case 0:
			report_plain("the checker", "ran no program");
			return temporary;
		case 2:
			report_plain("the checker", "says it was misused");
			return temporary;
		case 111:
			report_plain("the checker",
				     geteuid() == 0 ? "cannot tell now"
						    : "cannot tell now, and is "
						      "not root; " RIGHTS_HINT);
			return temporary;
		default:
			break;
		}
	}
	text_string(&text, WIFSIGNALED(status) ? "ended with signal "
					       : "ended with status ");
	text_number(&text,
		    (uint64_t)(WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status)));
	text_add(&text, "", 1);
	report_plain("the checker", data);
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
	status = process_wait(pid);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_TEMPFAIL);
}

/*
 * The login is good. Who granted it is to be become where we are root; a path
 * that he told, who may be hostile, is opened by a pop3-skel that is no more
 * than he.
 */
_Noreturn static void go_on(const struct checker *checker, int fd, pid_t pid,
			    const struct grant *grant)
{
	const struct ucred *const who = &grant->who;
	const bool root = geteuid() == 0;
	bool turn;

	if (root)
		answer_become(who->uid, who->gid);
	/* So that who finds it in use does not list it first. */
	if (checker->maildir && (root || who->uid == geteuid()))
		answer_lock(grant->path);
	answer_string("OK\n");
	answer_flush();
	turn = its_turn();
	if (root && !become_user(who->uid, who->gid)) {
		rights_lost();
		_exit(EX_TEMPFAIL);
	}
	if (!turn)
		close(fd);
	else if (!grant_pipes(fd))
		report_plain("the checker", "is gone after its grant");
	stay(pid);
}

/* A grant that is not taken: it ends there. */
static const char *refuse(int fd, pid_t pid, const char *why)
{
	report_plain("the checker", why);
	close(fd);
	kill(pid, SIGKILL);
	process_wait(pid);
	return temporary;
}

/* Asks the checker: returns where it did not grant. Overwrites the record. */
static const char *check(const struct checker *checker, char *record,
			 size_t len)
{
	struct grant grant;
	int fd;
	const pid_t pid = start(checker, record, len, &fd);

	explicit_bzero(record, len);
	if (pid < 0) {
		report_plain("the checker cannot be started", strerror(errno));
		_exit(EX_TEMPFAIL);
	}
	if (!grant_await(fd, pid, &grant)) {
		if (errno == EPERM)
			return refuse(fd, pid,
				      rights_become(true)
					      ? "did not itself run what is "
						"granted"
					      : "runs what we may not see, see "
						"checkpassword.conf in "
						"pop3-skel-accept(8)");
		close(fd);
		return verdict(process_wait(pid));
	}
	if (geteuid() == 0 && (grant.who.uid == 0 || grant.who.gid == 0))
		return refuse(fd, pid, "made nobody but root of us");
	go_on(checker, fd, pid, &grant);
}

const char *checker_check(const struct checker *checker)
{
	if (!program_found(checker->argv[0])) {
		next_failed(checker->argv[0], errno);
		return "TEMP the checker cannot be started\n";
	}
	return geteuid() == 0 ? rights_check(true) : NULL;
}

/*
 * The three strings, each with its NUL; one that is too long is not right. The
 * secret is overwritten here, since we may stay as long as the session.
 */
const char *checker_ask(const struct checker *checker, const char *user,
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
