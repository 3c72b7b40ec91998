/* SPDX-License-Identifier: ISC */
#include "session/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "pure/address.h"
#include "pure/number.h"
#include "pure/wire.h"

enum kind {
	FLAG,
	TEXT,
	NUMBER,
	IDS,
	CHOICE,
	LIST,
	FROM_FILE,
	HELP,
	VERSION_OPTION,
};

static const char *const cleartext_words[] = { "always", "local", "never",
					       NULL };
static const char *const mode_words[] = { "normal", "read-only", "keep",
					  "fetch-once", NULL };
static const char *const log_words[] = { "auto", "stderr", "syslog", "none",
					 NULL };

#define AT(member) offsetof(struct options, member)

/* Every option, in the order of --help. */
static const struct row {
	const char *name;
	char letter;
	enum kind kind;
	size_t at; /* in struct options */
	uint64_t least, most; /* NUMBER */
	const char *const *words; /* CHOICE */
	const char *value, *help;
} rows[] = {
	/* clang-format off */
	{ "greeting", 0, TEXT, AT(greeting), 0, 0, NULL,
	  "TEXT", "text of the greeting" },
	{ "goodbye", 0, TEXT, AT(goodbye), 0, 0, NULL,
	  "TEXT", "text of the answer to QUIT" },
	{ "timeout", 't', NUMBER, AT(timeout), 0, 86400 * 7, NULL,
	  "SECONDS", "idle timer, 0 for never [600]" },
	{ "login-timeout", 0, NUMBER, AT(login_timeout), 0, 86400, NULL,
	  "SECONDS", "to be logged in, 0 for never [60]" },
	{ "backend-timeout", 0, NUMBER, AT(backend_timeout), 1, 86400, NULL,
	  "SECONDS", "per answer of the backend [30]" },
	{ "lock-wait", 0, NUMBER, AT(lock_wait), 0, 60, NULL,
	  "SECONDS", "for a maildrop that is in use, at a login [2]" },
	{ "mode", 0, CHOICE, AT(mode), 0, 0, mode_words,
	  "MODE", "normal, read-only, keep or fetch-once" },
	{ "cleartext", 0, CHOICE, AT(cleartext), 0, 0, cleartext_words,
	  "WHO", "logins without TLS: always, [local] or never" },
	{ "auth-delay", 0, NUMBER, AT(auth_delay), 0, 60, NULL,
	  "SECONDS", "what a failed login costs [2]" },
	{ "max-logins", 0, NUMBER, AT(max_logins), 1, 1000, NULL,
	  "N", "failed logins before the session ends [3]" },
	{ "max-errors", 0, NUMBER, AT(max_errors), 0, 1000000, NULL,
	  "N", "bad commands that are borne [20]" },
	{ "command", 0, LIST, AT(commands), 0, 0, NULL,
	  "NAME:STATES", "a command of the backend's: auth, trans or both" },
	{ "login-delay", 0, TEXT, AT(login_delay), 0, 0, NULL,
	  "SECONDS", "announce LOGIN-DELAY" },
	{ "expire", 0, TEXT, AT(expire), 0, 0, NULL,
	  "DAYS", "announce EXPIRE (a number or NEVER)" },
	{ "spool-max", 0, NUMBER, AT(spool_max), 0, UINT64_MAX / 4, NULL,
	  "OCTETS", "bodies of unknown size, together [1 GiB]" },
	{ "preauth", 0, TEXT, AT(preauth), 0, 0, NULL,
	  "USER", "already logged in: begin in TRANSACTION" },
	{ "proxy", 0, FLAG, AT(proxy), 0, 0, NULL,
	  NULL, "a PROXY v1 or v2 header comes first" },
	{ "proxy-from", 0, LIST, AT(proxy_from), 0, 0, NULL,
	  "CIDR", "... from there too [loopback and unix]" },
	{ "allow-root", 0, FLAG, AT(allow_root), 0, 0, NULL,
	  NULL, "serve as root" },
	{ "become-min", 0, IDS, 0, 0, 0, NULL,
	  "UID[:GID]", "`become` no lower user or group [1000:100]" },
	{ "keep-going", 0, FLAG, AT(keep_going), 0, 0, NULL,
	  NULL, "outlive the backend's faults in TRANSACTION" },
	{ "reveal-errors", 0, FLAG, AT(reveal_errors), 0, 0, NULL,
	  NULL, "tell the client what the fault was" },
	{ "log", 0, CHOICE, AT(log), 0, 0, log_words,
	  "WHERE", "[auto], stderr, syslog or none" },
	{ "debug", 'd', FLAG, AT(debug), 0, 0, NULL,
	  NULL, "trace both conversations, secrets masked" },
	{ "options", 0, FROM_FILE, 0, 0, 0, NULL,
	  "FILE", "one option per line: name value" },
	{ "help", 'h', HELP, 0, 0, 0, NULL, NULL, "print this" },
	{ "version", 'V', VERSION_OPTION, 0, 0, 0, NULL,
	  NULL, "print the version" },
	/* clang-format on */
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static enum options_verdict wrong(char error[256], const char *what,
				  const char *name, const char *why)
{
	snprintf(error, 256, "%s%.60s%.100s", what, name, why);
	return OPTIONS_WRONG;
}

/* A value that is none of those that the option takes. */
static enum options_verdict wrong_value(char error[256], const struct row *row,
					const char *value)
{
	int n;

	if (row->kind == NUMBER) {
		snprintf(error, 256,
			 "--%s %.60s is no number from %" PRIu64 " to %" PRIu64,
			 row->name, value, row->least, row->most);
		return OPTIONS_WRONG;
	}
	n = snprintf(error, 256, "--%s %.60s is none of:", row->name, value);
	for (int i = 0; row->words[i] != NULL; i++)
		n += snprintf(error + n, 256 - (size_t)n, " %s", row->words[i]);
	return OPTIONS_WRONG;
}

static void print_help(void)
{
	puts("Usage: pop3-skel [OPTION]... [--] [BACKEND [ARG]...]\n\n"
	     "Serves one POP3 session on standard input and output. BACKEND "
	     "answers for the\nmail: a path, or the name of an installed one "
	     "(default: maildir).\n");
	for (size_t i = 0; i < ROWS; i++) {
		char left[40], letter[] = "-x, ";

		letter[1] = rows[i].letter;
		snprintf(left, sizeof(left), "%s--%s%s%s",
			 rows[i].letter != 0 ? letter : "    ", rows[i].name,
			 rows[i].value != NULL ? " " : "",
			 rows[i].value != NULL ? rows[i].value : "");
		printf("  %-29s %s\n", left, rows[i].help);
	}
	puts("\nExit status: 0 the session was served, 64 usage, 75 trouble "
	     "with the backend\nor the system. See pop3-skel(8) and "
	     "pop3-skel-backend(7).");
}

static enum options_verdict set(struct options *, const struct row *,
				const char *value, char error[256]);

/* One line of a file: `name value`; blank ones and those with # say nothing. */
static enum options_verdict read_line(struct options *o, char *line,
				      char error[256])
{
	const char *value;
	size_t i, name;

	line[strcspn(line, "\r")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return OPTIONS_SERVE;
	name = strcspn(line, " \t");
	value = line + name + strspn(line + name, " \t");
	line[name] = '\0';
	for (i = 0; i < ROWS && strcmp(rows[i].name, line) != 0; i++)
		;
	if (i == ROWS || rows[i].kind >= FROM_FILE)
		return wrong(error, "unknown option ", line,
			     "; a line is a name without dashes, a blank, and "
			     "a value");
	if ((rows[i].kind == FLAG) != (value[0] == '\0'))
		return wrong(error, "option ", rows[i].name,
			     rows[i].kind == FLAG ? " takes no value"
						  : " needs a value");
	return set(o, &rows[i], value, error);
}

/* The file of --options, into .text, for the options point into it. */
static enum options_verdict read_file(struct options *o, const char *path,
				      char error[256])
{
	enum options_verdict verdict = OPTIONS_SERVE;
	const size_t room = sizeof(o->text) - o->text_len;
	char *rest = o->text + o->text_len, *line, why[256];
	FILE *const file = fopen(path, "re");
	bool readable = false;
	unsigned number = 0;
	size_t n = 0;

	if (file != NULL) {
		n = fread(rest, 1, room, file);
		readable = !ferror(file);
	}
	if (!readable)
		snprintf(why, sizeof(why), ": %s", strerror(errno));
	if (file != NULL)
		fclose(file);
	if (!readable)
		return wrong(error, "cannot read the options file ", path, why);
	if (n == room || memchr(rest, '\0', n) != NULL)
		return wrong(error, "the options file ", path,
			     " is too long, or no text");
	rest[n] = '\0';
	o->text_len += n + 1;
	for (; verdict == OPTIONS_SERVE && (line = strsep(&rest, "\n")) != NULL;
	     number++)
		verdict = read_line(o, line, why);
	if (verdict != OPTIONS_SERVE)
		snprintf(error, 256, "%.60s line %u: %.150s", path, number,
			 why);
	return verdict;
}

static bool set_choice(unsigned *to, const char *const *words,
		       const char *value)
{
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0) {
			*to = i;
			return true;
		}
	}
	return false;
}

/* UID or UID:GID; a gid that is not told stays as it is. */
static bool set_ids(struct options *o, const char *value)
{
	const size_t n = strcspn(value, ":");
	uint64_t uid, gid = o->become_gid;

	if (!number_parse(value, n, &uid) || uid >= UINT32_MAX)
		return false;
	if (value[n] == ':' &&
	    (!number_parse(value + n + 1, strlen(value + n + 1), &gid) ||
	     gid >= UINT32_MAX))
		return false;
	o->become_uid = uid;
	o->become_gid = gid;
	return true;
}

/* Adds to commands or proxy_from, each an array with its count behind. */
static bool set_list(struct options *o, const struct row *row,
		     const char *value)
{
	const bool commands = row->at == AT(commands);
	const char **const list = commands ? o->commands : o->proxy_from;
	unsigned *const count =
		commands ? &o->command_count : &o->proxy_from_count;

	if (*count == LIMIT_CLAIMS)
		return false;
	list[(*count)++] = value;
	return true;
}

static enum options_verdict set(struct options *o, const struct row *row,
				const char *value, char error[256])
{
	char *const to = (char *)o + row->at;
	uint64_t number;

	switch (row->kind) {
	case FLAG:
		*(bool *)(void *)to = true;
		return OPTIONS_SERVE;
	case TEXT:
		*(const char **)(void *)to = value;
		return OPTIONS_SERVE;
	case NUMBER:
		if (number_parse(value, strlen(value), &number) &&
		    number >= row->least && number <= row->most) {
			*(uint64_t *)(void *)to = number;
			return OPTIONS_SERVE;
		}
		return wrong_value(error, row, value);
	case IDS:
		if (set_ids(o, value))
			return OPTIONS_SERVE;
		return wrong(error, "--become-min ", value,
			     " is not UID or UID:GID");
	case CHOICE:
		if (set_choice((unsigned *)(void *)to, row->words, value))
			return OPTIONS_SERVE;
		return wrong_value(error, row, value);
	case LIST:
		if (set_list(o, row, value))
			return OPTIONS_SERVE;
		return wrong(error, "--", row->name, " is given too often");
	case FROM_FILE:
		return read_file(o, value, error);
	case HELP:
		print_help();
		return OPTIONS_DONE;
	case VERSION_OPTION:
		puts("pop3-skel " VERSION);
		return OPTIONS_DONE;
	}
	return OPTIONS_WRONG;
}

/* The row of a word such as --timeout=5, --timeout or -t; NULL. */
static const struct row *find(const char *word, const char **value)
{
	*value = NULL;
	for (size_t i = 0; i < ROWS; i++) {
		const size_t n = strlen(rows[i].name);

		if (word[1] != '-') {
			if (rows[i].letter == 0 || word[1] != rows[i].letter)
				continue;
			if (word[2] != '\0')
				*value = word + 2;
			return &rows[i];
		}
		if (strncmp(word + 2, rows[i].name, n) != 0)
			continue;
		if (word[2 + n] == '=')
			*value = word + 3 + n;
		if (word[2 + n] == '=' || word[2 + n] == '\0')
			return &rows[i];
	}
	return NULL;
}

/* --command NAME:STATES, and the announced numbers, must make sense. */
static enum options_verdict check(const struct options *o, char error[256])
{
	const char *const announced[] = { o->login_delay, o->expire };

	for (unsigned i = 0; i < o->command_count; i++) {
		const char *const colon = strchr(o->commands[i], ':');

		if (colon == NULL ||
		    !wire_name_valid(o->commands[i],
				     (size_t)(colon - o->commands[i])) ||
		    (strcmp(colon, ":auth") != 0 &&
		     strcmp(colon, ":trans") != 0 &&
		     strcmp(colon, ":both") != 0))
			return wrong(error, "--command ", o->commands[i],
				     " is not NAME:auth, :trans or :both");
	}
	for (size_t i = 0; i < 2; i++) {
		uint64_t n;

		if (announced[i] == NULL ||
		    number_parse(announced[i], strlen(announced[i]), &n))
			continue;
		if (i == 0 || strcmp(announced[i], "NEVER") != 0)
			return wrong(error, "cannot announce ", announced[i],
				     i == 0 ? " as LOGIN-DELAY" : " as EXPIRE");
	}
	for (unsigned i = 0; i < o->proxy_from_count; i++)
		if (!address_network(o->proxy_from[i]))
			return wrong(error, "--proxy-from ", o->proxy_from[i],
				     " is not ADDRESS or ADDRESS/BITS");
	if (o->proxy_from_count > 0 && !o->proxy)
		return wrong(error, "--proxy-from", "", " needs --proxy");
	if (o->preauth != NULL &&
	    !wire_user_valid(o->preauth, strlen(o->preauth), true))
		return wrong(error, "--preauth ", o->preauth,
			     " is not a user name");
	return OPTIONS_SERVE;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv,
				   char error[256])
{
	static const char *const maildir[] = { "maildir", NULL };
	int i;

	/* All but the text, whose pages are not there until they are used. */
	memset(o, 0, offsetof(struct options, text));
	o->timeout = LIMIT_IDLE;
	o->login_timeout = LIMIT_LOGIN_TIME;
	o->backend_timeout = LIMIT_BACKEND_TIME;
	o->auth_delay = LIMIT_AUTH_DELAY;
	o->lock_wait = LIMIT_LOCK_WAIT;
	o->max_logins = LIMIT_LOGINS;
	o->max_errors = LIMIT_ERRORS;
	o->spool_max = LIMIT_SPOOL;
	o->become_uid = LIMIT_BECOME_UID;
	o->become_gid = LIMIT_BECOME_GID;
	o->cleartext = CLEARTEXT_LOCAL;
	o->backend = maildir;
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		enum options_verdict verdict;
		const struct row *row;
		const char *value;

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		row = find(argv[i], &value);
		if (row == NULL)
			return wrong(error, "unknown option ", argv[i],
				     "; see --help");
		if (row->value == NULL && value != NULL)
			return wrong(error, "--", row->name, " takes no value");
		if (row->value != NULL && value == NULL) {
			if (++i >= argc)
				return wrong(error, "--", row->name,
					     " needs a value");
			value = argv[i];
		}
		verdict = set(o, row, value, error);
		if (verdict != OPTIONS_SERVE)
			return verdict;
	}
	if (i < argc)
		o->backend = (const char *const *)argv + i;
	return check(o, error);
}
