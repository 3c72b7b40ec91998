/* SPDX-License-Identifier: ISC */
/* src/session/options-parse.c, and options.c: pop3-skel(8). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/options-parse.h"
#include "tap.h"

enum { MOST = 8 };

/* Command lines that are refused, and a word of the reason. */
static const struct {
	const char *argv[MOST];
	const char *error;
} wrong[] = {
	/* clang-format off */
	{ { "--no-such" }, "--no-such" },
	{ { "-x" }, "-x" },
	{ { "--timeouts", "5" }, "--timeouts" },
	{ { "--time", "5" }, "--time" },
	{ { "--timeout" }, "value" },
	{ { "-t" }, "value" },
	{ { "--timeout=" }, "timeout" },
	{ { "--timeout", "x" }, "timeout" },
	{ { "--timeout", "-1" }, "timeout" },
	{ { "--timeout", "5s" }, "timeout" },
	{ { "--timeout", "604801" },
	  "--timeout 604801 is no number from 0 to 604800" },
	{ { "--timeout", "18446744073709551616" }, "timeout" },
	{ { "--backend-timeout", "0" }, "backend-timeout" },
	{ { "--max-logins", "0" }, "max-logins" },
	{ { "--auth-delay", "61" }, "auth-delay" },
	{ { "--lock-wait", "61" }, "lock-wait" },
	{ { "--debug=yes" }, "takes no value" },
	{ { "--mode", "readonly" },
	  "readonly is none of: normal read-only keep fetch-once" },
	{ { "--cleartext", "" }, "cleartext" },
	{ { "--log", "file" }, "log" },
	{ { "--command", "XFOO" }, "XFOO" },
	{ { "--command", "XFOO:" }, "XFOO:" },
	{ { "--command", "XFOO:all" }, "XFOO:all" },
	{ { "--command", "xfoo:both" }, "xfoo:both" },
	{ { "--command", ":both" }, ":both" },
	{ { "--login-delay", "soon" }, "soon" },
	{ { "--login-delay", "NEVER" }, "NEVER" },
	{ { "--expire", "never" }, "never" },
	{ { "--become-min", "" }, "--become-min  is not UID" },
	{ { "--become-min", "root" }, "root" },
	{ { "--become-min", "1000:" }, "1000:" },
	{ { "--become-min", ":100" }, ":100" },
	{ { "--become-min", "1000:100:1" }, "1000:100:1" },
	{ { "--become-min", "-1" }, "-1" },
	{ { "--become-min", "4294967295" }, "4294967295" },
	{ { "--become-min", "1000:4294967295" }, "4294967295" },
	{ { "--proxy", "--proxy-from", "here" }, "here" },
	{ { "--preauth", "" }, "preauth" },
	{ { "--preauth", "a b" }, "preauth" },
	{ { "--options", "/nonexistent/file" },
	  "/nonexistent/file: No such file or directory" },
	{ { "--options", "/" }, "/" },
	/* clang-format on */
};

static enum options_verdict parse(struct options *o, const char *const *words,
				  char error[256])
{
	char program[] = "pop3-skel";
	char *argv[MOST + 2] = { program };
	int argc = 1;

	for (int i = 0; i < MOST && words[i] != NULL; i++)
		argv[argc++] = (char *)words[i];
	error[0] = '\0';
	return options_parse(o, argc, argv, error);
}

static void test_wrong(void)
{
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct options o;
		char error[256];

		tap(parse(&o, wrong[i].argv, error) == OPTIONS_WRONG &&
			    strstr(error, wrong[i].error) != NULL,
		    "%s %s: %s", wrong[i].argv[0],
		    wrong[i].argv[1] != NULL ? wrong[i].argv[1] : "", error);
	}
}

static void test_defaults(void)
{
	static const char *const none[MOST] = { NULL };
	struct options o;
	char error[256];

	tap(parse(&o, none, error) == OPTIONS_SERVE && o.timeout == 600 &&
		    o.login_timeout == 60 && o.backend_timeout == 30 &&
		    o.auth_delay == 2 && o.lock_wait == 2 &&
		    o.max_logins == 3 && o.max_errors == 20 &&
		    o.spool_max == LIMIT_SPOOL &&
		    o.cleartext == CLEARTEXT_LOCAL && o.mode == MODE_NORMAL &&
		    o.log == LOG_TO_AUTO && !o.debug && !o.proxy &&
		    o.become_uid == 1000 && o.become_gid == 100 &&
		    !o.allow_root && !o.keep_going && !o.reveal_errors &&
		    o.greeting == NULL && o.preauth == NULL,
	    "defaults");
	tap(strcmp(o.backend[0], "maildir") == 0 && o.backend[1] == NULL,
	    "maildir is the backend");
}

/* The ways to write one; all mean the same. */
static void test_forms(void)
{
	static const char *const forms[][MOST] = {
		{ "--timeout", "5", "b", "-x" },
		{ "--timeout=5", "b", "-x" },
		{ "-t", "5", "b", "-x" },
		{ "-t5", "b", "-x" },
		{ "--timeout", "5", "--", "b", "-x" },
		{ "--timeout", "7", "-t", "5", "b", "-x" },
	};
	struct options o;
	char error[256];

	for (size_t i = 0; i < COUNT(forms); i++)
		tap(parse(&o, forms[i], error) == OPTIONS_SERVE &&
			    o.timeout == 5 && strcmp(o.backend[0], "b") == 0 &&
			    strcmp(o.backend[1], "-x") == 0 &&
			    o.backend[2] == NULL,
		    "%s", forms[i][0]);
}

static void test_values(void)
{
	static const char *const some[MOST] = {
		"--mode=keep",	     "--log=none",
		"--cleartext=never", "-d",
		"--expire=NEVER",    "--login-delay=300",
		"--greeting=a = b",  "--proxy"
	};
	static const char *const lists[MOST] = {
		"--command", "XA:auth", "--command",
		"XB:both",   "--proxy", "--proxy-from=192.0.2.0/24",
		"--",	     "./-b"
	};
	static const char *const dash[MOST] = { "-", "-t" };
	struct options o;
	char error[256];

	tap(parse(&o, some, error) == OPTIONS_SERVE && o.mode == MODE_KEEP &&
		    o.log == LOG_TO_NONE && o.cleartext == CLEARTEXT_NEVER &&
		    o.debug && strcmp(o.expire, "NEVER") == 0 &&
		    strcmp(o.login_delay, "300") == 0 &&
		    strcmp(o.greeting, "a = b") == 0 && o.proxy,
	    "words, flags and texts");
	tap(parse(&o, lists, error) == OPTIONS_SERVE && o.command_count == 2 &&
		    strcmp(o.commands[1], "XB:both") == 0 &&
		    o.proxy_from_count == 1 &&
		    strcmp(o.proxy_from[0], "192.0.2.0/24") == 0 &&
		    strcmp(o.backend[0], "./-b") == 0,
	    "lists");
	tap(parse(&o, dash, error) == OPTIONS_SERVE &&
		    strcmp(o.backend[0], "-") == 0,
	    "a lone dash is no option");
}

static void test_too_many(void)
{
	char option[] = "--command", value[] = "XA:auth";
	char *argv[2 * (LIMIT_CLAIMS + 1) + 1] = { option };
	struct options o;
	char error[256];

	for (int i = 1; i < 2 * (LIMIT_CLAIMS + 1); i += 2) {
		argv[i] = option;
		argv[i + 1] = value;
	}
	tap(options_parse(&o, 2 * LIMIT_CLAIMS + 1, argv, error) ==
		    OPTIONS_SERVE,
	    "as many commands as there may be");
	tap(options_parse(&o, 2 * LIMIT_CLAIMS + 3, argv, error) ==
		    OPTIONS_WRONG,
	    "one more");
}

/* Files of options; NULL: they are taken. */
static const struct {
	const char *text, *error;
} files[] = {
	/* clang-format off */
	{ "", NULL },
	{ "# a comment\n\n", NULL },
	{ "timeout 5\ngreeting  two  words \nproxy\n", NULL },
	{ "timeout\t5\r\ngreeting two  words \r\nproxy\r\n", NULL },
	{ "timeout 5", NULL },
	{ "command XA:auth\ncommand XB:both\n", NULL },
	{ "timeout\n", "needs a value" },
	{ "timeout \n", "needs a value" },
	{ "proxy yes\n", "takes no value" },
	{ "timeout x\n", "timeout" },
	{ "no-such 1\n", "no-such" },
	{ "--timeout 5\n", "--timeout" },
	{ " timeout 5\n", "unknown" },
	{ "options /etc/passwd\n", "options" },
	{ "help\n", "help" },
	{ "version\n", "version" },
	{ "command XA\n", "XA" },
	{ "proxy\n\ntimeout x\nproxy\n", " line 3: --timeout x " },
	{ "timeout=5\n", "unknown option timeout=5; a line is a name" },
	/* clang-format on */
};

static void test_files(void)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		struct options o;
		char path[] = "/tmp/pop3-skel-options.XXXXXX", error[256];
		const char *const words[MOST] = { "--options", path };
		const size_t n = strlen(files[i].text);
		const int fd = mkstemp(path);
		enum options_verdict verdict;

		if (fd < 0 || write(fd, files[i].text, n) != (ssize_t)n)
			abort();
		close(fd);
		verdict = parse(&o, words, error);
		unlink(path);
		if (files[i].error != NULL)
			tap(verdict == OPTIONS_WRONG &&
				    strstr(error, files[i].error) != NULL,
			    "file \"%s\": %s", files[i].text, error);
		else
			tap(verdict == OPTIONS_SERVE &&
				    (strstr(files[i].text, "timeout") == NULL ||
				     o.timeout == 5) &&
				    (o.greeting == NULL ||
				     (strcmp(o.greeting, "two  words ") == 0 &&
				      o.proxy)),
			    "file \"%s\"", files[i].text);
	}
}

static void test_large_file(void)
{
	static char text[LIMIT_OPTIONS_TEXT];
	static const size_t lengths[] = { sizeof(text) - 1, sizeof(text) };

	memset(text, '#', sizeof(text));
	for (size_t i = 0; i < 2; i++) {
		char path[] = "/tmp/pop3-skel-options.XXXXXX", error[256];
		const char *const words[MOST] = { "--options", path };
		const int fd = mkstemp(path);
		struct options o;
		enum options_verdict verdict;

		if (fd < 0 || write(fd, text, lengths[i]) < 0)
			abort();
		close(fd);
		verdict = parse(&o, words, error);
		unlink(path);
		tap(verdict == (i == 0 ? OPTIONS_SERVE : OPTIONS_WRONG),
		    "a file of %zu octets", lengths[i]);
	}
}

static void test_done(void)
{
	static const char *const forms[] = { "--help", "-h", "--version",
					     "-V" };

	for (size_t i = 0; i < COUNT(forms); i++) {
		const char *const words[MOST] = { forms[i], "--no-such" };
		const int tap_out = dup(STDOUT_FILENO);
		enum options_verdict verdict;
		struct options o;
		char error[256];

		/* What it prints is no TAP. */
		fflush(stdout);
		if (tap_out < 0 || freopen("/dev/null", "w", stdout) == NULL)
			abort();
		verdict = parse(&o, words, error);
		fflush(stdout);
		dup2(tap_out, STDOUT_FILENO);
		close(tap_out);
		tap(verdict == OPTIONS_DONE, "%s", forms[i]);
	}
}

int main(void)
{
	test_defaults();
	test_forms();
	test_values();
	test_too_many();
	test_wrong();
	test_files();
	test_large_file();
	test_done();
	return tap_done();
}
