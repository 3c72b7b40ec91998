/* SPDX-License-Identifier: ISC */
#include "accept/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pure/number-option.h"

/* clang-format off */
static const char usage[] =
"Usage: pop3-skel-accept [OPTION]... [--] [PROGRAM [ARG]...]\n"
"\n"
"Accepts connections and starts PROGRAM for each, the connection its standard\n"
"input and output (default: the pop3-skel beside it). The listening sockets\n"
"come from systemd, from inetd (wait), or from --listen.\n"
"\n"
"  -l, --listen ADDRESS         ADDR:PORT, [ADDR6]:PORT or /PATH; may be\n"
"                               repeated\n"
"      --listen-proxy ADDRESS   the same, where a PROXY header comes first\n"
"      --max-sessions N         at a time; then the others wait [1000]\n"
"      --max-per-source N       at a time of one address, IPv6 by /64; more\n"
"                               are refused, 0 for no limit [50]\n"
"      --rate-per-source N      new ones a minute of one address, 0 for no\n"
"                               limit [0]\n"
"      --failures-per-source N  sessions a minute of one address in which a\n"
"                               login failed; then the next ones wait, 0 for\n"
"                               no limit [10]\n"
"      --stop-timeout SECONDS   what SIGTERM leaves the sessions [30]\n"
"      --leave-sessions         SIGTERM is for the loop alone: it exits at\n"
"                               once, and its sessions live on\n"
"      --idle-exit SECONDS      exit after this time without a session, 0 for\n"
"                               never [60 under inetd, else 0]\n"
"      --check                  serve nobody: say what would be amiss, here and\n"
"                               with pop3-skel\n"
"  -h, --help                   print this\n"
"  -V, --version                print the version\n"
"\n"
"Exit status: 0 stopped or idle, 64 usage, 75 trouble with the system. See\n"
"pop3-skel-accept(8).\n";
/* clang-format on */

enum { PROXIED = 1, NUMBERS = 256 };

static const struct option options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "listen-proxy", required_argument, NULL, PROXIED },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "leave-sessions", no_argument, NULL, 'L' },
	{ "check", no_argument, NULL, 'c' },
	{ "max-sessions", required_argument, NULL, NUMBERS + 0 },
	{ "max-per-source", required_argument, NULL, NUMBERS + 1 },
	{ "rate-per-source", required_argument, NULL, NUMBERS + 2 },
	{ "stop-timeout", required_argument, NULL, NUMBERS + 3 },
	{ "idle-exit", required_argument, NULL, NUMBERS + 4 },
	{ "failures-per-source", required_argument, NULL, NUMBERS + 5 },
	{ NULL, 0, NULL, 0 },
};

/* The numbers, in the order of their options above. */
static const struct number_option numbers[] = {
	{ offsetof(struct options, max_sessions), 1, 1000000 },
	{ offsetof(struct options, max_per_source), 0, 1000000 },
	{ offsetof(struct options, rate_per_source), 0, 1000000 },
	{ offsetof(struct options, stop_timeout), 0, 86400 },
	{ offsetof(struct options, idle_exit), 0, 86400 * 7 },
	{ offsetof(struct options, failures_per_source), 0, 1000000 },
};

static enum options_verdict wrong(char error[256], const char *what,
				  const char *word)
{
	snprintf(error, 256, "%s%.80s; see --help", what, word);
	return OPTIONS_WRONG;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv,
				   char error[256])
{
	enum options_verdict verdict;
	int option, index;

	*o = (struct options){
		.max_sessions = 1000,
		.max_per_source = 50,
		.failures_per_source = 10,
		.stop_timeout = 30,
		.idle_exit = UINT64_MAX,
	};
	/* Its own messages would bypass the log. */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+l:hV", options, &index)) !=
	       -1) {
		switch (option) {
		case 'l':
		case PROXIED:
			if (o->listen_count == OPTIONS_LISTENERS)
				return wrong(error, "too many of --listen ",
					     optarg);
			o->proxied[o->listen_count] = option == PROXIED;
			o->listen[o->listen_count++] = optarg;
			break;
		case 'L':
			o->leave_sessions = true;
			break;
		case 'c':
			o->check = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return OPTIONS_DONE;
		case 'V':
			puts("pop3-skel-accept " VERSION);
			return OPTIONS_DONE;
		case '?':
			return wrong(error, "cannot make sense of ",
				     argv[optind - 1]);
		default:
			verdict = number_option_take(o,
						     &numbers[option - NUMBERS],
						     options[index].name,
						     optarg, error);
			if (verdict != OPTIONS_SERVE)
				return verdict;
		}
	}
	if (optind < argc)
		o->program = argv + optind;
	return OPTIONS_SERVE;
}
