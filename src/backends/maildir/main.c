/* SPDX-License-Identifier: ISC */
/*
 * The default backend of pop3-skel: a users file and Maildirs. Its promise
 * is maildir(8). It is started for every session, so it does little at its
 * start, and its buffers are pages that are not there until they are used.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/listen.h"
#include "backends/kit/loop.h"
#include "backends/kit/report.h"
#include "backends/kit/template.h"
#include "backends/maildir/answers.h"
#include "backends/maildir/import.h"
#include "pure/number.h"

/* clang-format off */
static const char usage[] =
"Usage: maildir [-u USERS] [-m TEMPLATE]\n"
"       maildir --listen PATH [--for USER] [-u USERS] [-m TEMPLATE]\n"
"       maildir --serve DIR\n"
"A backend of pop3-skel(8): mail from Maildirs; see maildir(8).\n"
"\n"
"  -u, --users USERS       users file, as Dovecot's passwd-file\n"
"                          [$CREDENTIALS_DIRECTORY/users, else\n"
"                          " USERS_FILE "]\n"
"  -m, --maildir TEMPLATE  a user's Maildir: %u name, %n and %d its parts\n"
"                          before and after `@', %h home folder, %% a percent\n"
"                          sign [%h/Maildir]\n"
"      --listen PATH       stay, and serve the sessions that connect to this\n"
"                          socket; or `systemd`: to the unit's sockets\n"
"      --for USER          who, beside root, may connect there [who starts it]\n"
"      --serve DIR         serve this Maildir, after another program's login\n"
"      --uidl FORM         keep the unique-ids of the server that was here\n"
"                          before: dovecot, dovecot:FORMAT, courier, name\n"
"      --help              print this text\n"
"      --version           print the version\n";
/* clang-format on */

enum {
	OPTION_SERVE = 256,
	OPTION_LISTEN,
	OPTION_FOR,
	OPTION_UIDL,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "users", required_argument, NULL, 'u' },
	{ "maildir", required_argument, NULL, 'm' },
	{ "serve", required_argument, NULL, OPTION_SERVE },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "for", required_argument, NULL, OPTION_FOR },
	{ "uidl", required_argument, NULL, OPTION_UIDL },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

_Noreturn static void refuse(const char *why)
{
	report(REPORT_ERROR, why, 0);
	exit(EX_USAGE);
}

/* Where to listen, if anywhere, and for whom. */
struct resident {
	const char *at;
	uid_t asker;
	bool told; /* who that is */
};

static void read_options(struct maildir *maildir, struct resident *resident,
			 int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "u:m:", options, NULL)) >= 0) {
		switch (option) {
		case 'u':
			maildir->login.accounts.users = optarg;
			break;
		case 'm':
			maildir->login.accounts.template = optarg;
			break;
		case OPTION_SERVE:
			maildir->serve = optarg;
			break;
		case OPTION_LISTEN:
			resident->at = optarg;
			break;
		case OPTION_FOR:
			if (!kit_asker(optarg, &resident->asker))
				refuse("--for wants a user, and not nobody");
			resident->told = true;
			break;
		case OPTION_UIDL:
			if (!import_known(optarg))
				refuse("--uidl wants dovecot, courier or name, "
				       "or dovecot: and a format of %u %v %f");
			maildir->sizes.import = optarg;
			break;
		case OPTION_HELP:
			answer_and_exit(usage);
		case OPTION_VERSION:
			answer_and_exit("maildir (pop3-skel) " VERSION "\n");
		default:
			refuse("see maildir --help for the options");
		}
	}
	if (optind < argc)
		refuse("maildir takes options alone");
	if (resident->told && resident->at == NULL)
		refuse("--for is who may ask at --listen, which is missing");
	if (!template_valid(maildir->login.accounts.template))
		refuse("a template is a path with %u %n %d %h %%");
}

/* Half of an answer's time: the other half is for what was found. */
static int64_t patience_ms(void)
{
	const char *told = getenv("POP3_BACKEND_TIMEOUT");
	uint64_t seconds;

	if (!told || !number_parse(told, strlen(told), &seconds) ||
	    seconds < 1 || seconds > 86400)
		seconds = LIMIT_BACKEND_TIME;
	return (int64_t)seconds * 1000 / 2;
}

static void answer(void *maildir, char *request)
{
	answers_give(maildir, request);
}

int main(int argc, char **argv)
{
	static struct maildir maildir = { .login.accounts.template =
						  "%h/Maildir" };

	struct resident resident = { .asker = geteuid() };
	int status = 0;

	kit_start("maildir");
	folder_init(&maildir.folder, patience_ms());
	sizes_start(&maildir.sizes, getenv("POP3_FEATURES"));
	read_options(&maildir, &resident, argc, argv);
	if (resident.at != NULL)
		status = kit_listen(resident.at, resident.asker);
	if (status != 0)
		return status;
	status = kit_serve(answer, &maildir);
	answers_end(&maildir);
	return status;
}
