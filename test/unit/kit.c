/* SPDX-License-Identifier: ISC */
/* src/backends/kit: requests in, answers out, the log, and who goes on. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/loop.h"
#include "backends/kit/next.h"
#include "backends/kit/report.h"
#include "tap.h"

/* What a program wrote, and its exit status. */
static struct {
	char out[3 * 65536], err[4096];
	int status;
} seen;

static void look(int fd, char *to, size_t size)
{
	const ssize_t n = pread(fd, to, size - 1, 0);

	to[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* Runs a function as a program of its own, with these octets to read. */
static void run(int (*program)(void), const char *input, size_t len)
{
	const int in = memfd_create("in", 0), out = memfd_create("out", 0);
	const int err = memfd_create("err", 0);
	pid_t pid;

	fflush(stdout);
	if (in < 0 || out < 0 || err < 0 ||
	    pwrite(in, input, len, 0) != (ssize_t)len)
		abort();
	pid = fork();
	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		_exit(program());
	}
	waitpid(pid, &seen.status, 0);
	seen.status = WIFEXITED(seen.status) ? WEXITSTATUS(seen.status) : -1;
	close(in);
	look(out, seen.out, sizeof(seen.out));
	look(err, seen.err, sizeof(seen.err));
}

/* loop.c */

static void quote(void *arg, char *request)
{
	answer_string(arg);
	answer_string(request);
	answer_string("]\n");
}

static int serve(void)
{
	static char open[] = "[";

	kit_start("kit");
	return kit_serve(quote, open);
}

static const struct {
	const char *in, *out, *err;
} requests[] = {
	/* clang-format off */
	{ "",                  "",             "" },
	{ "hello 1\n",         "[hello 1]\n",  "" },
	{ "a\nb c\n\n",        "[a]\n[b c]\n[]\n", "" },
	{ "a\nno end",         "[a]\n",        "" },
	{ "a\tb\nc\n",         "ERR\n[c]\n",
	  "<3>kit reason=\"control character in a request\"\n" },
	/* clang-format on */
};

static void test_loop(void)
{
	static char text[LIMIT_AUTH_REQUEST + 1];

	for (size_t i = 0; i < COUNT(requests); i++) {
		run(serve, requests[i].in, strlen(requests[i].in));
		tap(seen.status == EX_OK &&
			    !strcmp(seen.out, requests[i].out) &&
			    !strcmp(seen.err, requests[i].err),
		    "requests: %s", requests[i].in);
	}
	memset(text, 'x', sizeof(text));
	text[LIMIT_AUTH_REQUEST - 1] = '\n';
	run(serve, text, LIMIT_AUTH_REQUEST);
	tap(seen.status == EX_OK && strlen(seen.out) == LIMIT_AUTH_REQUEST + 2,
	    "the longest request");
	text[LIMIT_AUTH_REQUEST - 1] = 'x';
	text[LIMIT_AUTH_REQUEST] = '\n';
	run(serve, text, sizeof(text));
	tap(seen.status == EX_TEMPFAIL && seen.out[0] == '\0' &&
		    strstr(seen.err, "request too long") != NULL,
	    "... and a longer one");
}

static int forgets(void)
{
	static struct requests r;

	return request_read(&r) == REQUEST_READ &&
			       request_read(&r) == REQUEST_READ &&
			       !strcmp(r.data, "x") &&
			       memmem(r.data, sizeof(r.data), "secret", 6) ==
				       NULL
		       ? 0
		       : 1;
}

static void test_requests(void)
{
	char text[] = "login bob a b", *rest = text, *field;

	field = request_field(&rest);
	tap(!strcmp(field, "login") && !strcmp(rest, "bob a b"), "a field");
	request_field(&rest);
	request_field(&rest);
	tap(!strcmp(rest, "b") && request_field(&rest) == NULL &&
		    !strcmp(rest, "b"),
	    "... none before the last, which stays");
	run(forgets, "login bob secret\nx\n", 19);
	tap(seen.status == 0, "a request is overwritten before the next");
}

/* answer.c */

static int answers(void)
{
	answer_number(0);
	answer_number(UINT64_MAX);
	answer_string(" ");
	answer_become(1000, 100);
	answer_lock("/home/m");
	answer_lock("home/m");
	answer_lock("/home/\nm");
	answer_flush();
	return 0;
}

static int many(void)
{
	for (unsigned i = 0; i < 10000; i++) {
		answer_number(10000000 + i);
		answer_add("|\n", 2);
	}
	answer_and_exit("end\n");
}

static int unread(void)
{
	int pipes[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(pipes) < 0)
		return 1;
	dup2(pipes[1], STDOUT_FILENO);
	answer_look();
	close(pipes[0]);
	answer_look();
	return 2;
}

static int unwritten(void)
{
	int pipes[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(pipes) < 0)
		return 1;
	dup2(pipes[1], STDOUT_FILENO);
	close(pipes[0]);
	answer_string("OK\n");
	answer_flush();
	return 2;
}

static void test_answers(void)
{
	static char path[LIMIT_PATH], here[LIMIT_PATH], expected[LIMIT_PATH];
	bool whole = true;

	run(answers, "", 0);
	tap(!strcmp(seen.out, "018446744073709551615 become 1000 100\n"
			      "lock /home/m/.\n"),
	    "numbers, become, and a lock of a path that a line may hold");
	run(many, "", 0);
	for (unsigned i = 0; i < 10000; i++)
		whole &= strtoul(seen.out + 10 * i, NULL, 10) == 10000000 + i;
	tap(seen.status == EX_OK && whole &&
		    !strcmp(seen.out + 100000, "end\n"),
	    "more than is held");
	run(unread, "", 0);
	tap(seen.status == EX_TEMPFAIL, "nobody is left to write to");
	run(unwritten, "", 0);
	tap(seen.status == EX_TEMPFAIL, "... which a write tells too");
	tap(answer_lockable("/tmp", path) && !strcmp(path, "/tmp"),
	    "a folder that can be locked");
	tap(chdir("/tmp") == 0 && getcwd(here, sizeof(here)) != NULL &&
		    answer_lockable(".", path) &&
		    snprintf(expected, sizeof(expected), "%.99s/.", here) > 0 &&
		    !strcmp(path, expected),
	    "... one in the current folder");
	tap(!answer_lockable("/nowhere", path) &&
		    !answer_lockable("/dev/null", path),
	    "... and none");
}

/* report.c */

static int reports(void)
{
	report(REPORT_NOTICE, "before", 0);
	report_name("kit");
	report_plain("what", "about");
	report(REPORT_WARNING, "why \"so\"", ENOENT);
	report_path(REPORT_ERROR, "bad", "/m\nx", 4, 0);
	report_line("users", 7, "bad", "bob", 3);
	report_line("users", 8, "bad", NULL, 0);
	return 0;
}

static void test_reports(void)
{
	char expected[512];

	run(reports, "", 0);
	snprintf(expected, sizeof(expected),
		 "<5>backend reason=\"before\"\n"
		 "<3>kit: what: about\n"
		 "<4>kit reason=\"why \\\"so\\\"\" error=\"%s\"\n"
		 "<3>kit reason=\"bad\" path=\"/m\\x0ax\"\n"
		 "<3>kit reason=\"bad\" line=7 file=\"users\" user=\"bob\"\n"
		 "<3>kit reason=\"bad\" line=8 file=\"users\"\n",
		 strerror(ENOENT));
	tap(!strcmp(seen.err, expected) && seen.out[0] == '\0',
	    "the lines of the log");
}

/* next.c */

static int nobody(void)
{
	static const char *const argv[] = { "/nowhere/next", NULL };

	report_name("kit");
	next_exec(argv);
}

static int another(void)
{
	static const char *const argv[] = {
		"sh", "-c", "[ -e /proc/self/fd/9 ] && exit 3; exit 4", NULL
	};

	dup2(STDERR_FILENO, 9);
	next_exec(argv);
}

static int alone(void)
{
	static const char *const argv[] = {
		"sh", "-c", "[ -e /proc/self/fd/9 ] && exit 3; exit 4", NULL
	};

	dup2(STDERR_FILENO, 9);
	next_exec_alone(argv);
}

static void test_next(void)
{
	run(nobody, "", 0);
	tap(seen.status == EX_TEMPFAIL &&
		    strstr(seen.err, "<3>kit: /nowhere/next: ") == seen.err,
	    "nobody goes on");
	run(another, "", 0);
	tap(seen.status == 3, "another program, with what is open");
	run(alone, "", 0);
	tap(seen.status == 4, "... with descriptors 0 to 2 alone");
	tap(!strcmp(next_path("/bin/x"), "/bin/x") &&
		    !strcmp(next_path("nowhere-found"), "nowhere-found"),
	    "what stands for itself");
}

int main(void)
{
	test_loop();
	test_requests();
	test_answers();
	test_reports();
	test_next();
	return tap_done();
}
