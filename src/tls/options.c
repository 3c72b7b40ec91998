/* SPDX-License-Identifier: ISC */
#include "tls/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pure/number-option.h"

/* clang-format off */
static const char usage[] =
"Usage: pop3-skel-tls [OPTION]...\n"
"\n"
"Ends TLS for POP3: takes connections to port 995, from systemd or --listen, and\n"
"clients that pop3-skel hands over at STLS, and connects each to pop3-skel.\n"
"\n"
"  -l, --listen ADDR:PORT       or [ADDR6]:PORT; may be repeated\n"
"      --stls PATH              a socket for pop3-skel --stls\n"
"      --to unix:PATH           pop3-skel's socket, where a PROXY header comes\n"
"                               first [unix:/run/pop3-skel/proxy]\n"
"      --cert FILE              certificates, ours first, in PEM; may be repeated,\n"
"                               for other names [the credential `cert`]\n"
"      --key FILE               the key of the --cert before it [the same file,\n"
"                               or the credential `key`]\n"
"      --client-ca FILE         asks for certificates of clients, by these\n"
"      --user NAME[:GROUP]      who root becomes, once all is open\n"
"      --max-sessions N         at a time; then the others wait [1000]\n"
"      --max-per-source N       at a time of one address, IPv6 by /64; more are\n"
"                               refused, 0 for no limit [50]\n"
"      --rate-per-source N      new ones a minute of one address, 0 for no\n"
"                               limit [0]\n"
"      --handshake-time SECONDS for a handshake [10]\n"
"      --ticket-time SECONDS    after which the key of tickets is another [3600]\n"
"      --check                  serve nobody: say what would be amiss\n"
"  -h, --help                   print this\n"
"  -V, --version                print the version\n"
"\n"
"Exit status: 0 stopped, 64 usage, 75 trouble with the system or a certificate.\n"
"See pop3-skel-tls(8).\n";
/* clang-format on */

enum { CERT = 1, KEY, NUMBERS = 256, TEXTS = 512 };

static const struct option options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "check", no_argument, NULL, 'c' },
	{ "cert", required_argument, NULL, CERT },
	{ "key", required_argument, NULL, KEY },
	{ "max-sessions", required_argument, NULL, NUMBERS + 0 },
	{ "max-per-source", required_argument, NULL, NUMBERS + 1 },
	{ "rate-per-source", required_argument, NULL, NUMBERS + 2 },
	{ "handshake-time", required_argument, NULL, NUMBERS + 3 },
	{ "ticket-time", required_argument, NULL, NUMBERS + 4 },
	{ "stls", required_argument, NULL, TEXTS + 0 },
	{ "to", required_argument, NULL, TEXTS + 1 },
	{ "client-ca", required_argument, NULL, TEXTS + 2 },
	{ "user", required_argument, NULL, TEXTS + 3 },
	{ NULL, 0, NULL, 0 },
};

/* The numbers, in the order of their options above. */
static const struct number_option numbers[] = {
	{ offsetof(struct options, max_sessions), 1, 1000000 },
	{ offsetof(struct options, max_per_source), 0, 1000000 },
	{ offsetof(struct options, rate_per_source), 0, 1000000 },
	{ offsetof(struct options, handshake_time), 1, 600 },
	{ offsetof(struct options, ticket_time), 1, 86400 },
};

/* ... and the texts. */
static const size_t texts[] = {
	offsetof(struct options, stls),
	offsetof(struct options, to),
	offsetof(struct options, client_ca),
	offsetof(struct options, user),
};

static enum options_verdict wrong(char error[256], const char *what,
				  const char *word)
{
	snprintf(error, 256, "%s%.80s; see --help", what, word);
	return OPTIONS_WRONG;
}

static enum options_verdict add_certificate(struct options *o, const char *file,
					    char error[256])
{
	if (o->certificate_count == OPTIONS_CERTIFICATES)
		return wrong(error, "too many of --cert ", file);
	o->certificates[o->certificate_count] = file;
	o->keys[o->certificate_count++] = file;
	return OPTIONS_SERVE;
}

static enum options_verdict take(struct options *o, int option,
				 const char *name, char *const argv[],
				 char error[256])
{
	switch (option) {
	case 'l':
		if (o->listen_count == OPTIONS_LISTENERS)
			return wrong(error, "too many of --listen ", optarg);
		o->listen[o->listen_count++] = optarg;
		return OPTIONS_SERVE;
	case 'h':
		fputs(usage, stdout);
		return OPTIONS_DONE;
	case 'V':
		puts("pop3-skel-tls " VERSION);
		return OPTIONS_DONE;
	case 'c':
		o->check = true;
		return OPTIONS_SERVE;
	case CERT:
		return add_certificate(o, optarg, error);
	case KEY:
		if (o->certificate_count == 0)
			return wrong(error, "--cert comes before --key ",
				     optarg);
		o->keys[o->certificate_count - 1] = optarg;
		return OPTIONS_SERVE;
	case '?':
		return wrong(error, "cannot make sense of ", argv[optind - 1]);
	default:
		if (option < TEXTS)
			return number_option_take(o, &numbers[option - NUMBERS],
						  name, optarg, error);
		*(const char **)(void *)((char *)o + texts[option - TEXTS]) =
			optarg;
		return OPTIONS_SERVE;
	}
}

/* Without --cert: what systemd's LoadCredential= has read for us. */
static enum options_verdict take_credentials(struct options *o, char error[256])
{
	static const char *const names[2] = { "cert", "key" };
	const char *const folder = getenv("CREDENTIALS_DIRECTORY");

	if (o->certificate_count > 0)
		return OPTIONS_SERVE;
	if (folder == NULL)
		return wrong(error, "there is no certificate: --cert", "");
	for (size_t i = 0; i < 2; i++)
		snprintf(o->credentials[i], sizeof(o->credentials[i]), "%s/%s",
			 folder, names[i]);
	o->certificates[0] = o->credentials[0];
	o->keys[0] = o->credentials[1];
	o->certificate_count = 1;
	return OPTIONS_SERVE;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv,
				   char error[256])
{
	enum options_verdict verdict = OPTIONS_SERVE;
	int option, index = 0;

	*o = (struct options){
		.to = "unix:/run/pop3-skel/proxy",
		.max_sessions = 1000,
		.max_per_source = 50,
		.handshake_time = 10,
		.ticket_time = 3600,
	};
	/* Its own messages would bypass the log. */
	opterr = 0;
	while (verdict == OPTIONS_SERVE &&
	       (option = getopt_long(argc, argv, "+l:hV", options, &index)) !=
		       -1)
		verdict = take(o, option, options[index].name, argv, error);
	if (verdict != OPTIONS_SERVE)
		return verdict;
	if (optind < argc)
		return wrong(error, "cannot make sense of ", argv[optind]);
	if (strncmp(o->to, "unix:/", 6) != 0)
		return wrong(error, "not unix:PATH, an absolute path: --to ",
			     o->to);
	o->to += 5;
	return take_credentials(o, error);
}
