/* SPDX-License-Identifier: ISC */
#include "session/options-parse.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "pure/address.h"
#include "pure/number.h"
#include "pure/wire.h"

static enum options_verdict wrong(char error[256], const char *what,
				  const char *name, const char *why)
{
	snprintf(error, 256, "%s%.60s%.100s", what, name, why);
	return OPTIONS_WRONG;
}

static void print_help(void)
{
	puts("Usage: pop3-skel [OPTION]... [--] [BACKEND [ARG]...]\n\n"
	     "Serves one POP3 session on standard input and output. BACKEND "
	     "answers for the\nmail: a path, or the name of an installed one "
	     "(default: maildir), or\nunix:PATH, one that stays.\n");
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *const row = &option_rows[i];
		char left[40], letter[] = "-x, ";

		letter[1] = row->letter;
		snprintf(left, sizeof(left), "%s--%s%s%s",
			 row->letter != 0 ? letter : "    ", row->name,
			 row->value != NULL ? " " : "",
			 row->value != NULL ? row->value : "");
		printf("  %-29s %s\n", left, row->help);
	}
	puts("\nExit status: 0 the session was served, 64 usage, 75 trouble "
	     "with the backend\nor the system. See pop3-skel(8) and "
	     "pop3-skel-backend(7).");
}

/* One line of a file: `name value`; blank ones and those with # say nothing. */
static enum options_verdict read_line(struct options *o, char *line,
				      char error[256])
{
	const struct option_row *row = option_rows;
	const struct option_row *const end = row + OPTION_ROWS;
	const char *value;
	size_t name;

	line[strcspn(line, "\r")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return OPTIONS_SERVE;
	name = strcspn(line, " \t");
	value = line + name + strspn(line + name, " \t");
	line[name] = '\0';
	while (row < end && strcmp(row->name, line) != 0)
		row++;
	if (row == end || row->kind >= OPTION_FROM_FILE)
		return wrong(error, "unknown option ", line,
			     "; a line is a name without dashes, a blank, and "
			     "a value");
	if ((row->kind == OPTION_FLAG) != (value[0] == '\0'))
		return wrong(error, "option ", row->name,
			     value[0] != '\0' ? " takes no value"
					      : " needs a value");
	return option_set(o, row, value, error) ? OPTIONS_SERVE : OPTIONS_WRONG;
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
	o->unread = !readable;
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

/* What one option of the command line says. */
static enum options_verdict take(struct options *o,
				 const struct option_row *row,
				 const char *value, char error[256])
{
	switch (row->kind) {
	case OPTION_FROM_FILE:
		return read_file(o, value, error);
	case OPTION_HELP:
		print_help();
		return OPTIONS_DONE;
	case OPTION_VERSION:
		puts("pop3-skel " VERSION);
		return OPTIONS_DONE;
	default:
		return option_set(o, row, value, error) ? OPTIONS_SERVE
							: OPTIONS_WRONG;
	}
}

/* The row of a word such as --timeout=5, --timeout or -t; NULL. */
static const struct option_row *find(const char *word, const char **value)
{
	*value = NULL;
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *const row = &option_rows[i];
		const size_t n = strlen(row->name);

		if (word[1] != '-') {
			if (row->letter == 0 || word[1] != row->letter)
				continue;
			if (word[2] != '\0')
				*value = word + 2;
			return row;
		}
		if (strncmp(word + 2, row->name, n) != 0)
			continue;
		if (word[2 + n] == '=')
			*value = word + 3 + n;
		if (word[2 + n] == '=' || word[2 + n] == '\0')
			return row;
	}
	return NULL;
}

/* --command NAME:STATES, and the announced numbers, must make sense. */
static enum options_verdict check(struct options *o, char error[256])
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
	for (unsigned i = 0; i < o->next_count; i++)
		if (o->next[i][0] == '\0' || o->next[i][0] == '.' ||
		    strchr(o->next[i], '/') != NULL)
			return wrong(
				error, "--next ", o->next[i],
				" is not the name of an installed backend");
	if (o->stls != NULL && o->stls[0] != '/')
		return wrong(error, "--stls ", o->stls,
			     " is not an absolute path");
	if (o->preauth != NULL &&
	    !wire_user_valid(o->preauth, strlen(o->preauth), true))
		return wrong(error, "--preauth ", o->preauth,
			     " is not a user name");
	if (o->debug_user != NULL &&
	    !wire_user_valid(o->debug_user, strlen(o->debug_user), true))
		return wrong(error, "--debug-user ", o->debug_user,
			     " is not a user name");
	if (strncmp(o->backend[0], "unix:", 5) == 0) {
		o->resident = o->backend[0] + 5;
		if (o->resident[0] != '/' || o->backend[1] != NULL)
			return wrong(error, o->backend[0], "",
				     " is not unix:PATH, an absolute path and "
				     "nothing else");
	}
	return OPTIONS_SERVE;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv,
				   char error[256])
{
	static const char *const maildir[] = { "maildir", NULL };
	int i;

	/* All but the text, whose pages are not there until they are used. */
	memset((char *)o + sizeof(o->text), 0, sizeof(*o) - sizeof(o->text));
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
		const struct option_row *row;
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
		verdict = take(o, row, value, error);
		if (verdict != OPTIONS_SERVE)
			return verdict;
	}
	if (i < argc)
		o->backend = (const char *const *)argv + i;
	return check(o, error);
}
