/* SPDX-License-Identifier: ISC */
#include "protocol/environment.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/program.h"
#include "pure/number.h"

/* Names that begin so: systemd's, those of sessions, and what we tell anew. */
static const char *const dropped[] = {
	"LISTEN_", "NOTIFY_SOCKET=", "WATCHDOG_", "SSL",    "TLS",  "SSH_",
	"REMOTE",  "LOCAL",	     "PEER",	  "PROTO=", "LANG", "LC_",
	"POP3_",
};

/*
 * Super-servers tell of a connection in a family of variables, one of which
 * has the other end in its name: all that begin as that does are theirs
 * (IPCREMOTEPATH: IPC, SOCAT_PEERADDR: SOCAT_). And where UCSPI's PROTO is
 * set, it is the family's name. 0 where this entry begins none.
 */
static size_t family(const char *entry)
{
	static const char *const ends[] = { "REMOTE", "PEER" };
	const size_t name = strcspn(entry, "=");

	for (size_t i = 0; i < 2; i++) {
		const char *const at =
			memmem(entry, name, ends[i], strlen(ends[i]));

		if (at != NULL)
			return (size_t)(at - entry);
	}
	return 0;
}

static bool inherited(const char *entry)
{
	const char *const proto = getenv("PROTO");

	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (strncmp(entry, dropped[i], strlen(dropped[i])) == 0)
			return false;
	if (proto != NULL && proto[0] != '\0' &&
	    strncmp(entry, proto, strlen(proto)) == 0)
		return false;
	return true;
}

/* Leaves out those of the family that an entry tells of. */
static size_t without(char **env, size_t count, const char *entry)
{
	const size_t len = family(entry);
	size_t left = 0;

	if (len == 0)
		return count;
	for (size_t i = 0; i < count; i++)
		if (strncmp(env[i], entry, len) != 0)
			env[left++] = env[i];
	return left;
}

int environment_failed(void)
{
	const char *const told = getenv("POP3_SKEL_FAILED");
	uint64_t status;

	return told != NULL && number_parse(told, strlen(told), &status) &&
			       status <= 255
		       ? (int)status
		       : 0;
}

char **environment_make(const struct peer *peer, const char *session_id,
			uint64_t backend_timeout, const char *features,
			void *room, size_t size)
{
	char seconds[20 + 1];
	const char *const ours[][2] = {
		{ "POP3_PROTOCOL", "1" },
		{ "POP3_REMOTE_ADDR", peer->remote_address },
		{ "POP3_REMOTE_PORT", peer->remote_port },
		{ "POP3_LOCAL_ADDR", peer->local_address },
		{ "POP3_LOCAL_PORT", peer->local_port },
		{ "POP3_TLS", peer->tls.version },
		{ "POP3_TLS_CIPHER", peer->tls.cipher },
		{ "POP3_TLS_CLIENT", peer->tls.client },
		{ "POP3_TLS_EXPORTER", peer->tls.exporter },
		{ "POP3_SESSION_ID", session_id },
		{ "POP3_BACKEND_TIMEOUT", seconds },
		{ "POP3_FEATURES", features },
		{ "POP3_SKEL_SH", program_library() },
		{ "POP3_SKEL_BACKENDS", program_backends() },
		{ "LC_ALL", "C" },
	};
	const size_t count = sizeof(ours) / sizeof(ours[0]);
	size_t entries = count + 1, octets = 0, n = 0;
	char **env, *at;

	seconds[number_print(backend_timeout, seconds)] = '\0';
	/* Some inetds leave none; the backend itself is looked for there. */
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 0);
	for (char **e = environ; *e != NULL; e++)
		entries++;
	for (size_t i = 0; i < count; i++)
		octets += strlen(ours[i][0]) + strlen(ours[i][1]) + 2;
	octets += entries * sizeof(*env);
	env = octets <= size ? room : malloc(octets);
	if (env == NULL)
		return NULL;
	at = (char *)(env + entries);
	for (char **e = environ; *e != NULL; e++)
		if (inherited(*e))
			env[n++] = *e;
	for (char **e = environ; *e != NULL; e++)
		n = without(env, n, *e);
	for (size_t i = 0; i < count; i++) {
		if (ours[i][1][0] == '\0')
			continue;
		env[n++] = at;
		at = stpcpy(at, ours[i][0]);
		*at++ = '=';
		at = stpcpy(at, ours[i][1]) + 1;
	}
	env[n] = NULL;
	return env;
}

void environment_free(char **env, const void *room)
{
	if (env != room)
		free(env);
}

int environment_start(struct channel *b, struct io *io,
		      const char *const backend[], char **env, uint64_t timeout,
		      char path[LIMIT_PATH])
{
	char *argv[LIMIT_BACKEND_ARGUMENTS + 1];
	int n = 0;

	while (backend[n] != NULL && n < LIMIT_BACKEND_ARGUMENTS) {
		argv[n] = (char *)backend[n];
		n++;
	}
	if (backend[n] != NULL)
		return -E2BIG;
	argv[n] = NULL;
	argv[0] = (char *)program_backend(backend[0], path);
	return channel_start(b, io, argv, env, (int64_t)timeout * 1000);
}
