/* SPDX-License-Identifier: ISC */
/*
 * A backend that asks PAM who may log in, becomes that system user for good,
 * and goes on as `maildir --serve` in the user's home folder.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/loop.h"
#include "backends/kit/next.h"
#include "backends/kit/report.h"
#include "backends/kit/rights.h"
#include "os/become.h"
#include "pure/text.h"

/* clang-format off */
static const char usage[] =
"Usage: pam [-m FOLDER] [-s SERVICE] [--uidl FORM]\n"
"A backend of pop3-skel(8): system users, by PAM, and their Maildirs; see\n"
"pop3-skel-pam(8).\n"
"\n"
"  -m, --maildir FOLDER   a user's Maildir, below the home folder [Maildir]\n"
"  -s, --service SERVICE  the name of the file in /etc/pam.d [pop3-skel]\n"
"      --uidl FORM        keep the unique-ids of another server, as maildir\n"
"                         does\n"
"      --help             print this text\n"
"      --version          print the version\n";
/* clang-format on */

static const char temporary[] = "TEMP logins are not available\n";

struct settings {
	const char *folder, *service;
	const char *uidl; /* for maildir, or NULL */
};

/* What a conversation needs; the password is told once. */
struct secret {
	const char *user, *password;
};

/*
 * A second question for a secret, for a new password or a one-time one, has no
 * answer here: NULL.
 */
static char *reply(struct secret *secret, int style)
{
	const char *const password = secret->password;

	switch (style) {
	case PAM_PROMPT_ECHO_ON:
		return strdup(secret->user);
	case PAM_PROMPT_ECHO_OFF:
		secret->password = NULL;
		return password != NULL ? strdup(password) : NULL;
	default: /* something to read, and nobody to read it */
		return strdup("");
	}
}

static int converse(int count, const struct pam_message **messages,
		    struct pam_response **responses, void *arg)
{
	struct pam_response *r;

	if (count <= 0 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	r = calloc((size_t)count, sizeof(*r));
	if (r == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		r[i].resp = reply(arg, messages[i]->msg_style);
		if (r[i].resp != NULL)
			continue;
		while (i-- > 0) {
			explicit_bzero(r[i].resp, strlen(r[i].resp));
			free(r[i].resp);
		}
		free(r);
		return PAM_CONV_ERR;
	}
	*responses = r;
	return PAM_SUCCESS;
}

/* The delay of a failed login is pop3-skel's, whatever a module asks for. */
static void no_delay(int status, unsigned microseconds, void *arg)
{
	(void)status;
	(void)microseconds;
	(void)arg;
}

static int set_items(pam_handle_t *pam)
{
	const char *const address = getenv("POP3_REMOTE_ADDR");
	/* PAM takes a function for data, which ISO C does not. */
	const union {
		void (*call)(int, unsigned, void *);
		const void *data;
	} delay = { no_delay };
	int status = pam_set_item(pam, PAM_TTY, "pop3-skel");

	if (status == PAM_SUCCESS && address != NULL)
		status = pam_set_item(pam, PAM_RHOST, address);
	if (status == PAM_SUCCESS)
		status = pam_set_item(pam, PAM_FAIL_DELAY, delay.data);
	return status;
}

/*
 * Whether PAM could not judge: who is not root may check the password of their
 * own user alone, and for any other PAM says that it is wrong.
 */
static bool powerless(const struct secret *secret)
{
	const uid_t uid = geteuid();
	const struct passwd *const own = uid != 0 ? getpwuid(uid) : NULL;

	return uid != 0 &&
	       (own == NULL || strcmp(own->pw_name, secret->user) != 0);
}

static const char *failed(pam_handle_t *pam, int status,
			  const struct secret *secret)
{
	switch (status) {
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_PERM_DENIED:
	case PAM_CRED_INSUFFICIENT:
		if (!powerless(secret))
			return "ERR\n";
		report_plain("PAM needs root for any user but our own",
			     "start pop3-skel as root; " RIGHTS_HINT);
		return temporary;
	case PAM_ACCT_EXPIRED:
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_AUTHTOK_EXPIRED:
		return "ERR [SYS/PERM] the account, or its password, has "
		       "expired\n";
	default:
		report_plain("PAM", pam_strerror(pam, status));
		return temporary;
	}
}

/* 0 where a service has a file, as PAM names it, with something in it. */
static int look_for_service(const char *folder, const char *service,
			    char data[LIMIT_PATH])
{
	struct text path = { .data = data, .size = LIMIT_PATH - 1 };
	struct stat st;

	text_string(&path, folder);
	for (; *service != '\0'; service++) {
		const char lower = (char)tolower((unsigned char)*service);

		text_add(&path, &lower, 1);
	}
	data[path.len] = '\0';
	if (access(data, R_OK) < 0 || stat(data, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return st.st_size > 0 ? 0 : ENODATA;
}

/*
 * Whether PAM has the service. Without one of its own the one called `other` is
 * asked, whose no says nothing of a password. Where there is no /etc/pam.d
 * services are elsewhere.
 */
static bool has_service(const struct settings *settings)
{
	static const char *const folders[] = { "/usr/share/pam.d/",
					       "/usr/lib/pam.d/",
					       "/etc/pam.d/" };
	char path[LIMIT_PATH];
	int error = ENOENT;

	for (size_t i = 0; i < 3 && error == ENOENT; i++)
		error = look_for_service(folders[i], settings->service, path);
	if (error == 0 || access("/etc/pam.d", F_OK) < 0)
		return true;
	report_path(REPORT_ERROR, "no such PAM service", path, strlen(path),
		    error);
	return false;
}

/*
 * NULL where the password is right, with the user's name in *name, which may
 * not be the one that was told; else the answer.
 */
static const char *authenticate(const struct settings *settings,
				struct secret *secret, char **name)
{
	const struct pam_conv conversation = { converse, secret };
	pam_handle_t *pam = NULL;
	const void *user = NULL;
	const char *answer = NULL;
	int status;

	if (!has_service(settings))
		return temporary;
	status =
		pam_start(settings->service, secret->user, &conversation, &pam);
	if (status != PAM_SUCCESS) {
		report_plain("PAM cannot be started", settings->service);
		return temporary;
	}
	status = set_items(pam);
	if (status == PAM_SUCCESS)
		status = pam_authenticate(pam,
					  PAM_SILENT |
						  PAM_DISALLOW_NULL_AUTHTOK);
	if (status == PAM_SUCCESS)
		status = pam_acct_mgmt(pam, PAM_SILENT);
	if (status == PAM_SUCCESS)
		status = pam_get_item(pam, PAM_USER, &user);
	if (status != PAM_SUCCESS)
		answer = failed(pam, status, secret);
	else
		*name = strdup(user != NULL ? user : "");
	pam_end(pam, status);
	return answer;
}

/* Who was root no longer is, for good. Else what is to be answered. */
static const char *become(const struct passwd *who, bool root)
{
	/* As if it had been wrong: nobody is to find root's password here. */
	if (root && (who->pw_uid == 0 || who->pw_gid == 0)) {
		report_plain("nobody becomes root here", who->pw_name);
		return "ERR\n";
	}
	if (root && !become_user(who->pw_uid, who->pw_gid)) {
		rights_lost();
		_exit(EX_TEMPFAIL);
	}
	if (who->pw_uid != geteuid()) {
		report_plain("only root can become", who->pw_name);
		return "ERR [SYS/PERM] this account has no mail here\n";
	}
	return NULL;
}

/* The password was right: there is nothing of root, nor of PAM, after this. */
static const char *serve(const struct settings *settings,
			 const struct passwd *who)
{
	const char *const argv[] = {
		next_path("maildir"), "--serve",
		settings->folder,     settings->uidl != NULL ? "--uidl" : NULL,
		settings->uidl,	      NULL
	};
	const bool root = geteuid() == 0;
	const char *const refused = become(who, root);
	char path[LIMIT_PATH];

	if (refused != NULL)
		return refused;
	/* There is no way back to root for another login. */
	if (chdir(who->pw_dir) < 0) {
		report_plain(who->pw_dir, strerror(errno));
		answer_and_exit("close\nTEMP the home folder cannot be "
				"entered\n");
	}
	if (root)
		answer_become(who->pw_uid, who->pw_gid);
	/* So that who finds it in use does not list it first. */
	if (answer_lockable(settings->folder, path))
		answer_lock(path);
	answer_string("OK\n");
	answer_flush();
	next_exec_alone(argv);
}

static const char *login(const struct settings *settings, char *rest)
{
	struct secret secret = { .user = request_field(&rest) };
	const struct passwd *who;
	const char *answer;
	char *name = NULL;

	if (secret.user == NULL)
		return "DEFAULT\n";
	secret.password = rest;
	answer = authenticate(settings, &secret, &name);
	explicit_bzero(rest, strlen(rest));
	if (answer != NULL)
		return answer;
	/* Only now: at their end modules may look for users, too. */
	who = name != NULL ? getpwnam(name) : NULL;
	free(name);
	if (who != NULL)
		return serve(settings, who);
	report_plain("PAM", "named a user who does not exist");
	return temporary;
}

/* With the word check: what would keep everybody out. */
static const char *hello(const struct settings *settings, const char *words)
{
	const char *refused = NULL;

	if (request_has(words, "check"))
		refused = rights_check(false);
	if (refused == NULL && request_has(words, "check") &&
	    !has_service(settings))
		refused = "TEMP the PAM service cannot be had\n";
	return refused != NULL ? refused : "OK 1\n";
}

static const char *answer_to(const struct settings *settings, char *request)
{
	char *rest = request;
	const char *const verb = request_field(&rest);

	if (verb != NULL && strcmp(verb, "hello") == 0)
		return hello(settings, rest);
	if (verb != NULL && strcmp(verb, "login") == 0)
		return login(settings, rest);
	return "DEFAULT\n";
}

static void answer(void *arg, char *request)
{
	answer_string(answer_to(arg, request));
}

static void read_options(struct settings *settings, int argc, char **argv)
{
	static const struct option options[] = {
		{ "maildir", required_argument, NULL, 'm' },
		{ "service", required_argument, NULL, 's' },
		{ "uidl", required_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "m:s:", options, NULL)) >= 0) {
		switch (option) {
		case 'm':
			settings->folder = optarg;
			break;
		case 's':
			settings->service = optarg;
			break;
		case 'i':
			settings->uidl = optarg;
			break;
		case 'h':
			answer_and_exit(usage);
		case 'v':
			answer_and_exit("pam (pop3-skel) " VERSION "\n");
		default:
			exit(EX_USAGE);
		}
	}
	if (optind < argc) {
		report_plain("usage", "pam takes options alone");
		exit(EX_USAGE);
	}
}

int main(int argc, char **argv)
{
	struct settings settings = { .folder = "Maildir",
				     .service = "pop3-skel" };

	kit_start("pam");
	read_options(&settings, argc, argv);
	return kit_serve(answer, &settings);
}
