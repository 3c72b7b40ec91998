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
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "backends/checkpassword/checker.h"
#include "backends/kit/answer.h"
#include "backends/kit/loop.h"
#include "backends/kit/next.h"
#include "backends/kit/report.h"
#include "backends/kit/rights.h"
#include "os/become.h"
#include "pure/text.h"

/* clang-format off */
static const char usage[] =
"Usage: checkpassword [OPTION]... PROGRAM [ARG]... [-- NEXT [ARG]...]\n"
"A backend of pop3-skel(8): logins by any program with the checkpassword\n"
"interface, mail by NEXT (default: maildir --serve Maildir, in the user's\n"
"home folder); see pop3-skel-checkpassword(8).\n"
"\n"
"  -l, --logins WAYS   password (default), apop or both\n"
"  -u, --unprivileged  PROGRAM needs no rights of root's, here or by setuid\n"
"      --help          print this text\n"
"      --version       print the version\n";
/* clang-format on */

struct settings {
	struct checker checker;
	bool passwords, apop;
	bool unprivileged; /* not to be root makes no difference */
};

/*
 * Whether a checker could not judge, and would say that every password is
 * wrong: in a sandbox of the units that is not root's nobody gets to be root.
 */
static bool powerless(void)
{
	if (!become_never_root())
		return false;
	report(REPORT_ERROR,
	       "a checker cannot be root here, nor by setuid: say "
	       "--unprivileged where it need not, else " RIGHTS_HINT,
	       0);
	return true;
}

static const char *login(const struct settings *settings, char *rest)
{
	const char *const user = request_field(&rest);
	char data[24];
	struct text now = { .data = data, .size = sizeof(data) };

	if (!settings->passwords || user == NULL)
		return "DEFAULT\n";
	if (!settings->unprivileged && powerless())
		return "TEMP logins are not available\n";
	text_string(&now, "<");
	text_number(&now, (uint64_t)time(NULL));
	text_add(&now, ">", sizeof(">"));
	return checker_ask(&settings->checker, user, rest, data);
}

static const char *apop(const struct settings *settings, char *rest)
{
	const char *const user = request_field(&rest);
	char *const digest = request_field(&rest);

	if (!settings->apop || user == NULL || digest == NULL)
		return "DEFAULT\n";
	if (!settings->unprivileged && powerless())
		return "TEMP logins are not available\n";
	return checker_ask(&settings->checker, user, digest, rest);
}

static const char *answer(const struct settings *settings, char *request)
{
	char *rest = request;
	const char *const verb = request_field(&rest);

	if (verb == NULL)
		return "DEFAULT\n";
	if (strcmp(verb, "login") == 0)
		return login(settings, rest);
	if (strcmp(verb, "apop") == 0)
		return apop(settings, rest);
	if (strcmp(verb, "hello") != 0)
		return "DEFAULT\n";
	if (request_has(rest, "check")) {
		const char *const refused = checker_check(&settings->checker);

		if (refused != NULL)
			return refused;
		if (!settings->unprivileged && powerless())
			return "TEMP its checker cannot be root\n";
	}
	if (!settings->apop)
		return "OK 1\n";
	return settings->passwords ? "apop\nOK 1\n"
				   : "apop\nno-password\nOK 1\n";
}

static void give(void *arg, char *request)
{
	answer_string(answer(arg, request));
}

/* PROGRAM ARG... ourselves --granted NEXT ARG... */
static bool make_argv(struct checker *checker, int count,
		      const char *const *words)
{
	static const char *const maildir[] = { "maildir", "--serve",
					       CHECKER_MAILDIR, NULL };
	static char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *const *next = maildir;
	int at = 0;

	if (n < 0 || count > CHECKER_WORDS - 6)
		return false;
	while (words[at] != NULL && strcmp(words[at], "--") != 0) {
		checker->argv[at] = words[at];
		at++;
	}
	checker->maildir = words[at] == NULL || words[at + 1] == NULL;
	if (!checker->maildir)
		next = words + at + 1;
	checker->argv[at++] = self;
	checker->argv[at++] = "--granted";
	checker->argv[at++] = next_path(*next++);
	while (*next != NULL)
		checker->argv[at++] = *next++;
	return true;
}

_Noreturn static void misused(const char *why)
{
	report_plain("usage", why);
	exit(EX_USAGE);
}

static void read_options(struct settings *settings, int argc, char **argv)
{
	static const struct option options[] = {
		{ "logins", required_argument, NULL, 'l' },
		{ "unprivileged", no_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	settings->passwords = true;
	while ((option = getopt_long(argc, argv, "+l:u", options, NULL)) >= 0) {
		switch (option) {
		case 'l':
			settings->passwords = strcmp(optarg, "apop") != 0;
			settings->apop = strcmp(optarg, "password") != 0;
			if (settings->passwords && settings->apop &&
			    strcmp(optarg, "both") != 0)
				misused("--logins is password, apop or both");
			break;
		case 'u':
			settings->unprivileged = true;
			break;
		case 'h':
			answer_and_exit(usage);
		case 'v':
			answer_and_exit("checkpassword (pop3-skel) " VERSION
					"\n");
		default:
			exit(EX_USAGE);
		}
	}
	if (optind == argc || strcmp(argv[optind], "--") == 0)
		misused("which program is to be asked?");
	if (!make_argv(&settings->checker, argc - optind,
		       (const char *const *)argv + optind)) {
		report_plain("too many words, or no /proc", argv[optind]);
		exit(EX_TEMPFAIL);
	}
}

int main(int argc, char **argv)
{
	static struct settings settings;

	kit_start("checkpassword");
	if (argc > 1 && strcmp(argv[1], "--granted") == 0)
		checker_granted((const char *const *)argv + 2);
	read_options(&settings, argc, argv);
	return kit_serve(give, &settings);
}
