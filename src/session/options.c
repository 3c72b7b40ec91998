/* SPDX-License-Identifier: ISC */
#include "session/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pure/number.h"

static const char *const cleartext_words[] = { "always", "local", "never",
					       NULL };
static const char *const mode_words[] = { "normal", "read-only", "keep",
					  "fetch-once", NULL };
static const char *const log_words[] = { "auto", "stderr", "syslog", "none",
					 NULL };

#define AT(member) offsetof(struct options, member)

const struct option_row option_rows[OPTION_ROWS] = {
	/* clang-format off */
	{ "greeting", 0, OPTION_TEXT, AT(greeting), 0, 0, NULL,
	  "TEXT", "text of the greeting" },
	{ "goodbye", 0, OPTION_TEXT, AT(goodbye), 0, 0, NULL,
	  "TEXT", "text of the answer to QUIT" },
	{ "timeout", 't', OPTION_NUMBER, AT(timeout), 0, 86400 * 7, NULL,
	  "SECONDS", "idle timer, 0 for never [600]" },
	{ "login-timeout", 0, OPTION_NUMBER, AT(login_timeout), 0, 86400, NULL,
	  "SECONDS", "to be logged in, 0 for never [60]" },
	{ "backend-timeout", 0, OPTION_NUMBER, AT(backend_timeout), 1, 86400,
	  NULL, "SECONDS", "per answer of the backend [30]" },
	{ "lock-wait", 0, OPTION_NUMBER, AT(lock_wait), 0, 60, NULL,
	  "SECONDS", "for a maildrop that is in use, at a login [2]" },
	{ "mode", 0, OPTION_CHOICE, AT(mode), 0, 0, mode_words,
	  "MODE", "normal, read-only, keep or fetch-once" },
	{ "cleartext", 0, OPTION_CHOICE, AT(cleartext), 0, 0, cleartext_words,
	  "WHO", "logins without TLS: always, [local] or never" },
	{ "auth-delay", 0, OPTION_NUMBER, AT(auth_delay), 0, 60, NULL,
	  "SECONDS", "what a failed login costs [2]" },
	{ "max-logins", 0, OPTION_NUMBER, AT(max_logins), 1, 1000, NULL,
	  "N", "failed logins before the session ends [3]" },
	{ "max-errors", 0, OPTION_NUMBER, AT(max_errors), 0, 1000000, NULL,
	  "N", "bad commands that are borne [20]" },
	{ "command", 0, OPTION_LIST, AT(commands), 0, 0, NULL,
	  "NAME:STATES", "a command of the backend's: auth, trans or both" },
	{ "login-delay", 0, OPTION_TEXT, AT(login_delay), 0, 0, NULL,
	  "SECONDS", "announce LOGIN-DELAY" },
	{ "expire", 0, OPTION_TEXT, AT(expire), 0, 0, NULL,
	  "DAYS", "announce EXPIRE (a number or NEVER)" },
	{ "spool-max", 0, OPTION_NUMBER, AT(spool_max), 0, UINT64_MAX / 4, NULL,
	  "OCTETS", "bodies of unknown size, together [1 GiB]" },
	{ "preauth", 0, OPTION_TEXT, AT(preauth), 0, 0, NULL,
	  "USER", "already logged in: begin in TRANSACTION" },
	{ "proxy", 0, OPTION_FLAG, AT(proxy), 0, 0, NULL,
	  NULL, "a PROXY v1 or v2 header comes first" },
	{ "proxy-from", 0, OPTION_LIST, AT(proxy_from), 0, 0, NULL,
	  "CIDR", "... from there too [loopback and unix]" },
	{ "tls-in-front", 0, OPTION_FLAG, AT(tls_in_front), 0, 0, NULL,
	  NULL, "who connects from there has ended TLS" },
	{ "stls", 0, OPTION_TEXT, AT(stls), 0, 0, NULL,
	  "PATH", "STLS, by the pop3-skel-tls at this socket" },
	{ "allow-root", 0, OPTION_FLAG, AT(allow_root), 0, 0, NULL,
	  NULL, "serve as root" },
	{ "become-min", 0, OPTION_IDS, 0, 0, 0, NULL,
	  "UID[:GID]", "`become` no lower user or group [1000:100]" },
	{ "next", 0, OPTION_LIST, AT(next), 0, 0, NULL,
	  "NAME", "a backend that `next` may name [maildir]" },
	{ "keep-going", 0, OPTION_FLAG, AT(keep_going), 0, 0, NULL,
	  NULL, "outlive the backend's faults in TRANSACTION" },
	{ "reveal-errors", 0, OPTION_FLAG, AT(reveal_errors), 0, 0, NULL,
	  NULL, "tell the client what the fault was" },
	{ "log", 0, OPTION_CHOICE, AT(log), 0, 0, log_words,
	  "WHERE", "[auto], stderr, syslog or none" },
	{ "debug", 'd', OPTION_FLAG, AT(debug), 0, 0, NULL,
	  NULL, "trace both conversations, secrets masked" },
	{ "debug-user", 0, OPTION_TEXT, AT(debug_user), 0, 0, NULL,
	  "NAME", "... of this user's sessions, from the login on" },
	{ "record", 0, OPTION_TEXT, AT(record), 0, 0, NULL,
	  "DIR", "both conversations, in a file of each session" },
	{ "check", 0, OPTION_FLAG, AT(check), 0, 0, NULL,
	  NULL, "serve nobody: say what would be amiss" },
	{ "options", 0, OPTION_FROM_FILE, 0, 0, 0, NULL,
	  "FILE", "one option per line: name value" },
	{ "help", 'h', OPTION_HELP, 0, 0, 0, NULL, NULL, "print this" },
	{ "version", 'V', OPTION_VERSION, 0, 0, 0, NULL,
	  NULL, "print the version" },
	/* clang-format on */
};

/* False, with what is wrong with a value that the option does not take. */
static bool wrong(char error[256], const struct option_row *row,
		  const char *value)
{
	int n;

	if (row->kind == OPTION_NUMBER) {
		snprintf(error, 256,
			 "--%s %.60s is no number from %" PRIu64 " to %" PRIu64,
			 row->name, value, row->least, row->most);
		return false;
	}
	if (row->kind == OPTION_IDS) {
		snprintf(error, 256, "--%s %.60s is not UID or UID:GID",
			 row->name, value);
		return false;
	}
	if (row->kind == OPTION_LIST) {
		snprintf(error, 256, "--%s is given too often", row->name);
		return false;
	}
	n = snprintf(error, 256, "--%s %.60s is none of:", row->name, value);
	for (int i = 0; row->words[i] != NULL; i++)
		n += snprintf(error + n, 256 - (size_t)n, " %s", row->words[i]);
	return false;
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

/* Adds to commands, proxy_from or next. */
static bool set_list(struct options *o, const struct option_row *row,
		     const char *value)
{
	const char **const list = (const char **)((char *)o + row->at);
	unsigned *const count = row->at == AT(commands) ? &o->command_count
				: row->at == AT(next)	? &o->next_count
							: &o->proxy_from_count;

	if (*count == LIMIT_CLAIMS)
		return false;
	list[(*count)++] = value;
	return true;
}

static bool set_number(uint64_t *to, const struct option_row *row,
		       const char *value)
{
	uint64_t number;

	if (!number_parse(value, strlen(value), &number) ||
	    number < row->least || number > row->most)
		return false;
	*to = number;
	return true;
}

bool option_set(struct options *o, const struct option_row *row,
		const char *value, char error[256])
{
	void *const to = (char *)o + row->at;
	bool taken = true;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)to = true;
		break;
	case OPTION_TEXT:
		*(const char **)to = value;
		break;
	case OPTION_NUMBER:
		taken = set_number(to, row, value);
		break;
	case OPTION_IDS:
		taken = set_ids(o, value);
		break;
	case OPTION_CHOICE:
		taken = set_choice(to, row->words, value);
		break;
	default:
		taken = set_list(o, row, value);
		break;
	}
	return taken || wrong(error, row, value);
}
