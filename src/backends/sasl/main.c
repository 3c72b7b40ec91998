/* SPDX-License-Identifier: ISC */
/*
 * A backend that lets in by SCRAM, and by what else proves that one knows a
 * password without telling it; and has maildir go on. Its promise is
 * pop3-skel-sasl(8).
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/loop.h"
#include "backends/kit/report.h"
#include "backends/kit/template.h"
#include "backends/sasl/exchange.h"
#include "pure/base64.h"
#include "pure/wire.h"

/* clang-format off */
static const char usage[] =
"Usage: sasl [-u USERS] [-m TEMPLATE] [-o MECHANISM]... [-k FILE]\n"
"            [--no-password]\n"
"A backend of pop3-skel(8): logins by SCRAM, and then maildir(8); see\n"
"pop3-skel-sasl(8).\n"
"\n"
"  -u, --users USERS       users file, as of maildir\n"
"  -m, --maildir TEMPLATE  a user's Maildir, as of maildir [%h/Maildir]\n"
"  -o, --offer MECHANISM   also CRAM-MD5 or APOP, which need {PLAIN}\n"
"  -k, --key FILE          what the salts of unknown users are made with\n"
"                          [/etc/machine-id]\n"
"      --no-password       no login in which the password itself is sent\n"
"      --help              print this text\n"
"      --version           print the version\n";
/* clang-format on */

static const char temporary[] = "TEMP logins are not available\n";

struct sasl {
	struct exchange exchange;
	const char *key;
	bool no_password, cram, apop; /* as the options have it */
};

/* `tls-exporter=HEX` of hello; what is no such value is none. */
static void take_binding(struct exchange *x, const char *hex)
{
	uint8_t octets[(EXCHANGE_BINDING - 1) / 4 * 3 - 2];
	const size_t digits = strspn(hex, "0123456789abcdef");
	const size_t len = digits / 2;

	if (digits % 2 != 0 || len == 0 || len > sizeof(octets) ||
	    (hex[digits] != '\0' && hex[digits] != ' '))
		return;
	for (size_t i = 0; i < len; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		octets[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	x->binding[base64_encode(octets, len, x->binding)] = '\0';
}

static bool offered(const struct sasl *s, const struct mechanism *m)
{
	if (m->plus)
		return s->exchange.binding[0] != '\0';
	return m->scram != HASH_NONE || s->cram;
}

/* Takes what is of use here of hello's facts. */
static void take_facts(struct exchange *x, const char *words)
{
	static const char fact[] = "tls-exporter=";

	while (*words != '\0') {
		const size_t len = strcspn(words, " ");

		if (strncmp(words, fact, sizeof(fact) - 1) == 0)
			take_binding(x, words + sizeof(fact) - 1);
		words += len + (words[len] == ' ');
	}
}

static const char *hello(struct sasl *s, const char *words)
{
	const char *refused = NULL;

	account_client(&s->exchange.accounts, words);
	take_facts(&s->exchange, words);
	if (!request_has(words, "next")) {
		report_plain("no word next in hello",
			     "this pop3-skel cannot start maildir");
		return temporary;
	}
	if (!stand_in_key(&s->exchange.stand_in, s->key)) {
		report_path(REPORT_ERROR,
			    "no key for the salts of unknown users: name a "
			    "file with --key",
			    s->key, strlen(s->key), errno);
		return temporary;
	}
	if (request_has(words, "check"))
		refused = account_check(&s->exchange.accounts);
	if (refused != NULL)
		return refused;
	answer_string("sasl");
	for (size_t i = 0; i < MECHANISMS; i++)
		if (offered(s, &mechanisms[i])) {
			answer_string(" ");
			answer_string(mechanisms[i].name);
		}
	answer_string("\n");
	if (s->apop)
		answer_string("apop\n");
	if (s->no_password)
		answer_string("no-password\n");
	return "OK 1\n";
}

/*
 * The user is let in, and maildir goes on. Nothing of root is left of us, and
 * of the session, before either looks at the Maildir.
 */
static const char *enter(struct exchange *x, bool named)
{
	const struct account *const account = &x->account;
	char data[LIMIT_PATH], path[LIMIT_PATH];
	struct text text = { .data = data, .size = sizeof(data) - 1 };
	const char *why = account_path(account, &x->accounts, &text);

	data[text.len] = '\0';
	if (why == NULL && (text.cut || wire_has_control(&(struct wire_field){
						data, text.len })))
		why = "no usable path to the Maildir";
	if (why == NULL)
		why = account_become(account, &x->accounts);
	if (why != NULL)
		return account_refuse(account, why);
	if (!named ||
	    memcmp(account->name, account->found.text, account->len) != 0)
		account_user(account);
	/* So that who finds it in use does not list it first. */
	if (answer_lockable(data, path))
		answer_lock(path);
	answer_string("next maildir\narg --serve\narg ");
	answer_string(data);
	answer_string("\n");
	return "OK\n";
}

static const char *login(struct exchange *x, char *rest)
{
	const char *const user = request_field(&rest);
	const char *answer;

	if (user == NULL)
		return "DEFAULT\n";
	answer = account_login(&x->account, &x->accounts, user, strlen(user),
			       rest);
	explicit_bzero(rest, strlen(rest));
	if (answer == NULL)
		answer = enter(x, true);
	account_forget(&x->account);
	return answer;
}

static const char *verdict_answer(struct exchange *x,
				  enum exchange_verdict verdict, bool named)
{
	switch (verdict) {
	case EXCHANGE_RIGHT:
		return enter(x, named);
	case EXCHANGE_TROUBLE:
		return x->refused != NULL ? x->refused : temporary;
	default:
		return "ERR\n";
	}
}

static const char *apop(struct exchange *x, char *rest)
{
	const char *const user = request_field(&rest);
	const char *const digest = request_field(&rest);
	const char *answer = "DEFAULT\n";

	if (digest != NULL)
		answer = verdict_answer(x, exchange_apop(x, user, digest, rest),
					true);
	exchange_end(x);
	return answer;
}

/* The next challenge, or the end of it. */
static const char *relay(struct exchange *x, enum exchange_verdict verdict,
			 const char *challenge)
{
	const char *answer;

	if (verdict == EXCHANGE_MORE) {
		answer_string("MORE ");
		answer_string(challenge[0] != '\0' ? challenge : "=");
		return "\n";
	}
	answer = verdict_answer(x, verdict, false);
	exchange_end(x);
	return answer;
}

static const char *auth(struct sasl *s, char *rest)
{
	static char challenge[LIMIT_AUTH_LINE];
	char *const blank = strchr(rest, ' ');

	exchange_end(&s->exchange);
	if (blank != NULL)
		*blank = '\0';
	for (size_t i = 0; i < MECHANISMS; i++)
		if (strcmp(rest, mechanisms[i].name) == 0 &&
		    offered(s, &mechanisms[i]))
			return relay(&s->exchange,
				     exchange_start(&s->exchange,
						    &mechanisms[i],
						    blank != NULL ? blank + 1
								  : NULL,
						    challenge),
				     challenge);
	return "ERR\n";
}

static const char *more(struct exchange *x, const char *rest)
{
	static char challenge[LIMIT_AUTH_LINE];

	return relay(x, exchange_more(x, rest, challenge), challenge);
}

static const char *answer_to(struct sasl *s, char *request)
{
	struct exchange *const x = &s->exchange;
	char *rest = request;
	const char *const verb = request_field(&rest);

	if (strcmp(request, "cancel") == 0) {
		exchange_end(x);
		return "OK\n";
	}
	if (verb == NULL)
		return "DEFAULT\n";
	if (strcmp(verb, "hello") == 0)
		return hello(s, rest);
	/* There is no way back to root for another login. */
	if (x->accounts.dropped)
		return temporary;
	if (strcmp(verb, "login") == 0 && !s->no_password)
		return login(x, rest);
	if (strcmp(verb, "apop") == 0 && s->apop)
		return apop(x, rest);
	if (strcmp(verb, "auth") == 0)
		return auth(s, rest);
	return strcmp(verb, "more") == 0 ? more(x, rest) : "DEFAULT\n";
}

static void answer(void *arg, char *request)
{
	answer_string(answer_to(arg, request));
}

_Noreturn static void refuse(const char *why)
{
	report(REPORT_ERROR, why, 0);
	exit(EX_USAGE);
}

static void offer(struct sasl *s, const char *name)
{
	if (strcasecmp(name, "CRAM-MD5") == 0)
		s->cram = true;
	else if (strcasecmp(name, "APOP") == 0)
		s->apop = true;
	else
		refuse("--offer wants CRAM-MD5 or APOP");
}

static void read_options(struct sasl *s, int argc, char **argv)
{
	static const struct option options[] = {
		{ "users", required_argument, NULL, 'u' },
		{ "maildir", required_argument, NULL, 'm' },
		{ "offer", required_argument, NULL, 'o' },
		{ "key", required_argument, NULL, 'k' },
		{ "no-password", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "u:m:o:k:", options, NULL)) >=
	       0) {
		switch (option) {
		case 'u':
			s->exchange.accounts.users = optarg;
			break;
		case 'm':
			s->exchange.accounts.template = optarg;
			break;
		case 'o':
			offer(s, optarg);
			break;
		case 'k':
			s->key = optarg;
			break;
		case 'n':
			s->no_password = true;
			break;
		case 'h':
			answer_and_exit(usage);
		case 'v':
			answer_and_exit("sasl (pop3-skel) " VERSION "\n");
		default:
			exit(EX_USAGE);
		}
	}
	if (optind < argc)
		refuse("sasl takes options alone");
	if (!template_valid(s->exchange.accounts.template))
		refuse("a template is a path with %u %n %d %h %%");
}

int main(int argc, char **argv)
{
	static struct sasl sasl = {
		.exchange.accounts.template = "%h/Maildir",
		.key = "/etc/machine-id",
	};

	kit_start("sasl");
	/* What libgsasl frees it does not overwrite. */
	mallopt(M_PERTURB, 0xa5);
	read_options(&sasl, argc, argv);
	return kit_serve(answer, &sasl);
}
