/* SPDX-License-Identifier: ISC */
/*
 * The default backend of pop3-skel: a users file and Maildirs. Its promise
 * is maildir(8). It is started for every session, so it does little at its
 * start, and its buffers are pages that are not there until they are used.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/report.h"
#include "backends/maildir/answers.h"
#include "backends/maildir/template.h"

#define EXIT_USAGE 64
#define EXIT_TROUBLE 75

/* clang-format off */
static const char usage[] =
"Usage: maildir [-u USERS] [-m TEMPLATE]\n"
"       maildir --serve DIR\n"
"A backend of pop3-skel(8): mail from Maildirs; see maildir(8).\n"
"\n"
"  -u, --users USERS       users file, as Dovecot's passwd-file\n"
"                          [$CREDENTIALS_DIRECTORY/users, else\n"
"                          " USERS_FILE "]\n"
"  -m, --maildir TEMPLATE  a user's Maildir: %u name, %n and %d its parts\n"
"                          before and after `@', %h home folder, %% a percent\n"
"                          sign [%h/Maildir]\n"
"      --serve DIR         serve this Maildir, after another program's login\n"
"      --help              print this text\n"
"      --version           print the version\n";
/* clang-format on */

enum { OPTION_SERVE = 256, OPTION_HELP, OPTION_VERSION };

static const struct option options[] = {
	{ "users", required_argument, NULL, 'u' },
	{ "maildir", required_argument, NULL, 'm' },
	{ "serve", required_argument, NULL, OPTION_SERVE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

_Noreturn static void print(const char *text)
{
	output_string(text);
	output_flush();
	exit(0);
}

_Noreturn static void refuse(const char *why)
{
	report(REPORT_ERROR, why, 0);
	exit(EXIT_USAGE);
}

static void read_options(struct backend *backend, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "u:m:", options, NULL)) >= 0) {
		switch (option) {
		case 'u':
			backend->users = optarg;
			break;
		case 'm':
			backend->template = optarg;
			break;
		case OPTION_SERVE:
			backend->serve = optarg;
			break;
		case OPTION_HELP:
			print(usage);
		case OPTION_VERSION:
			print("maildir (pop3-skel) " VERSION "\n");
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc)
		refuse("maildir takes options alone");
	if (!template_valid(backend->template))
		refuse("a template is a path with %u %n %d %h %%");
}

/*
 * Requests one by one, each answered before the next is read, so that what
 * was gathered is on its way before any wait. A request holds a password at
 * times: what was answered is overwritten.
 */
static int serve(struct backend *backend)
{
	static char input[BACKEND_REQUEST];
	size_t held = 0;

	for (;;) {
		ssize_t n = read(0, input + held, sizeof(input) - held);
		char *lf;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? EXIT_TROUBLE : 0;
		held += (size_t)n;
		while ((lf = memchr(input, '\n', held))) {
			const size_t len = (size_t)(lf - input);

			*lf = '\0';
			backend_answer(backend, input, len);
			memmove(input, lf + 1, held - len - 1);
			explicit_bzero(input + held - len - 1, len + 1);
			held -= len + 1;
			output_flush();
		}
		if (held == sizeof(input)) {
			report(REPORT_ERROR, "request too long", 0);
			return EXIT_TROUBLE;
		}
	}
}

int main(int argc, char **argv)
{
	static struct backend backend = { .template = "%h/Maildir" };

	/* Another session of the same user is not to look into this one. */
	prctl(PR_SET_DUMPABLE, 0);
	folder_init(&backend.folder);
	read_options(&backend, argc, argv);
	return serve(&backend);
}
